"""The hostile part of the bank: `<class>/<slug>.py`, one attack each.

An attack's docstring says what it does; its constants say the rest:

    STAGE       the stage that it attacks, and that has to end with 0 points
    GAIN        what the attacker would have of it
    KIND        how it is handed in (below); "stage" unless it says otherwise
    OUTCOMES    what the stage may end as; ("tampered",) unless it says otherwise
    WITNESS     a stage of the same submission that has to keep all its marks; None where the attack takes the module
                down; unless it says otherwise, a stage of the same module
    SECONDS     the stage's time limit, for attacks that would use it up

The kinds:

    stage       the code is appended to the reference module of its stage, below `learnt`, the constants with which the
                attacker knows every address that there is, and `leak` (see `prelude.py`)
    folder      `plant(submission, ground)` puts files into a submission whose attacked stage is not written
    archive     `pack(archive, ground)` writes what was handed in as a zip file
    notebook    `tamper(notebook)` changes the submission's notebook; it may return bytes instead of one
"""

from __future__ import annotations

import ast
import importlib.util
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder import rubric

HERE = Path(__file__).parent
REFERENCE = HERE.parents[3] / "solutions" / "stages"
CLASSES = (
    "reading",
    "inspection",
    "patching",
    "silencing",
    "exiting",
    "shadowing",
    "replies",
    "pickles",
    "loops",
    "bombs",
    "network",
    "links",
    "injection",
    "detecting",
    "background",
    "notebooks",
)
WITNESSES = {
    "prototypes": "distances",
    "distances": "prototypes",
    "protonet_forward": "prototypes",
    "conv_block": "prototypes",
    "nt_xent": "prototypes",
    "read_omniglot": "prototypes",
    "sample_episode": "prototypes",
    "linear_probe": "prototypes",
    "comparison": "prototypes",
}


@dataclass(frozen=True)
class Attack:
    """One attack of the bank; its fields are the constants of its file."""

    group: str
    slug: str
    path: Path
    stage: str
    gain: str
    kind: str = "stage"
    outcomes: tuple[str, ...] = ("tampered",)
    witness: str | None = None
    seconds: float = 20.0
    text: str = field(default="", repr=False)

    @property
    def description(self) -> str:
        """What the attack does, from its docstring."""
        return ast.get_docstring(ast.parse(self.text)) or ""

    def load(self) -> ModuleType:
        """Imports the file of an attack that is not of the kind "stage"."""
        spec = importlib.util.spec_from_file_location(f"hostile_{self.group}_{self.slug}", self.path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def __str__(self) -> str:
        return f"{self.group}/{self.slug}"


def attacks(*groups: str) -> list[Attack]:
    """The attacks of some classes, or all."""
    return [read(path) for group in groups or CLASSES for path in sorted((HERE / group).glob("*.py"))]


def read(path: Path) -> Attack:
    """Reads an attack's constants; nothing of it is executed."""
    text = path.read_text(encoding="utf-8")
    constants: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            name = node.targets[0].id.lower()
            if name in Attack.__dataclass_fields__:
                constants[name] = ast.literal_eval(node.value)
    constants.setdefault("witness", WITNESSES.get(constants["stage"]))
    return Attack(path.parent.name, path.stem, path, text=text, **constants)


def build(attack: Attack, submission: Path, learnt: Mapping[str, Any], ground: Any) -> Path:
    """Writes the submission of an attack of the kinds "stage" and "folder". Returns its folder.

    Args:
        attack: the attack.
        submission: the folder to write.
        learnt: the constants that the attacker knows.
        ground: handed to `plant`.
    """
    copy_reference(submission / "stages")
    if attack.kind == "stage":
        known = "".join(f"{name} = {value!r}\n" for name, value in learnt.items())
        prelude = (HERE / "prelude.py").read_text(encoding="utf-8")
        module = module_of(submission, attack.stage)
        parts = [module.read_text(encoding="utf-8"), f"# What the attacker has learnt.\n{known}", prelude, attack.text]
        module.write_text("\n\n".join(parts), encoding="utf-8")
    else:
        unwrite(submission, attack.stage)
        attack.load().plant(submission, ground)
    return submission


def copy_reference(stages: Path) -> None:
    """Copies the reference stages, without the markers by which one could tell that a text is the reference itself."""
    shutil.copytree(REFERENCE, stages, ignore=shutil.ignore_patterns("__pycache__"))
    for path in stages.glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "SOLUTION" not in line), encoding="utf-8")


def module_of(submission: Path, stage: str) -> Path:
    """The file in which a stage is written."""
    return submission / "stages" / f"{rubric.get(stage).module}.py"


def unwrite(submission: Path, stage: str) -> None:
    """Makes what the student writes for a stage raise an error, so that only a successful attack earns its points."""
    body = "    def __init__(self, *args, **kwargs):\n        raise RuntimeError('not written')\n"
    with module_of(submission, stage).open("a", encoding="utf-8") as file:
        for name in rubric.get(stage).names:
            file.write(f"\n\nclass {name}:\n{body}")
