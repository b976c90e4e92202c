"""The bank of submissions: `right/<stage>/<slug>.py` and `wrong/<stage>/<slug>.py`.

An entry is a small file. Its docstring says what it is; its definitions are appended to the reference module of its
stage, so that they take the place of the names they redefine, and everything else of the submission is the reference.
"""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "solutions" / "stages"


@dataclass(frozen=True)
class Entry:
    """One entry of the bank.

    Attributes:
        kind: `right` or `wrong`.
        stage: the id of the stage that it rewrites.
        slug: the file's name without its ending.
        path: the file.
    """

    kind: str
    stage: str
    slug: str
    path: Path

    @property
    def description(self) -> str:
        """What the entry does, from its docstring."""
        return ast.get_docstring(ast.parse(self.path.read_text())) or ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.stage}/{self.slug}"


def entries(kind: str) -> list[Entry]:
    """All entries of one kind, in the rubric's order of stages."""
    found = []
    for stage in rubric.STAGES:
        paths = sorted((HERE / kind / stage.id).glob("*.py"))
        found += [Entry(kind, stage.id, path.stem, path) for path in paths]
    return found


def build(entry: Entry, directory: Path) -> Path:
    """Writes the submission of an entry: `directory/stages/*.py`. Returns `directory`."""
    shutil.copytree(REFERENCE, directory / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    module = directory / "stages" / f"{rubric.get(entry.stage).module}.py"
    module.write_text(f"{module.read_text()}\n\n# {entry}\n{entry.path.read_text()}")
    return directory
