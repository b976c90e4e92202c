"""The bank of submissions: `right/<stage>/<slug>.py` and `wrong/<stage>/<slug>.py`.

An entry is a small file. Its docstring says what it is; its definitions are appended to the reference module of its
stage, so that they take the place of the names they redefine, and everything else of the submission is the reference.
Comment lines of their own, in this order, say the rest:

    # points at: the square root     what the diagnosis of a wrong entry has to contain (any case); one line for each
    # hidden only: it needs secret   why the visible suite cannot catch a wrong entry; without it, it has to
    # saved with: bom, crlf, tabs    how the module is written to disk, as some editors do
    # file: helpers.py               what follows, up to the next such line, is another file in stages/

`hostile/` holds the attacks and `empty/` the submissions that compute nothing; both are described there. `python -m
bank` grades all of it (see `__main__.py`).
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import rubric

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "solutions" / "stages"
KINDS = ("right", "wrong")
SAVED_WITH = ("bom", "crlf", "tabs")
_FILE = re.compile(r"^# file: (\w+\.py)\n", re.MULTILINE)


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
        return ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8"))) or ""

    @property
    def points_at(self) -> list[str]:
        """What the diagnosis has to contain, whatever the case; empty where nobody has said."""
        return self._comments("points at")

    @property
    def hidden_only(self) -> str:
        """Why the visible suite accepts a wrong entry; empty where it has to catch it."""
        return " ".join(self._comments("hidden only"))

    @property
    def saved_with(self) -> list[str]:
        """How the module is written: some of `bom`, `crlf` and `tabs`."""
        ways = [way.strip() for line in self._comments("saved with") for way in line.split(",")]
        unknown = set(ways) - set(SAVED_WITH)
        if unknown:
            raise ValueError(f"{self} is saved with {', '.join(unknown)}; there are {', '.join(SAVED_WITH)}")
        return ways

    @property
    def brings_files(self) -> bool:
        """Whether it has further files beside the module."""
        return _FILE.search(self.path.read_text(encoding="utf-8")) is not None

    def _comments(self, name: str) -> list[str]:
        return re.findall(rf"^# {name}: (.+)$", self.path.read_text(encoding="utf-8"), re.MULTILINE)

    def __str__(self) -> str:
        return f"{self.kind}/{self.stage}/{self.slug}"


def entries(kind: str) -> list[Entry]:
    """All entries of one kind, in the rubric's order of stages."""
    found = []
    for stage in rubric.STAGES:
        paths = sorted((HERE / kind / stage.id).glob("*.py"))
        found += [Entry(kind, stage.id, path.stem, path) for path in paths]
    return found


def alone(stage: rubric.Stage, others: Iterable[rubric.Stage] = ()) -> rubric.Stage:
    """Returns a stage that needs nothing but these others: where the rest is the reference's, it need not run again."""
    return replace(stage, needs=tuple(other.id for other in others if other.id in stage.needs))


def build(entry: Entry, directory: Path) -> Path:
    """Writes the submission of an entry: `directory/stages/*.py`. Returns `directory`."""
    shutil.copytree(REFERENCE, directory / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    module = directory / "stages" / f"{rubric.get(entry.stage).module}.py"
    own, *files = _FILE.split(entry.path.read_text(encoding="utf-8"))
    text = f"{module.read_text(encoding='utf-8')}\n\n# {entry}\n{own}"
    module.write_bytes(_saved(text, entry.saved_with))
    for name, content in zip(files[::2], files[1::2], strict=True):
        (module.parent / name).write_text(content, encoding="utf-8")
    return directory


def _saved(text: str, ways: list[str]) -> bytes:
    if "tabs" in ways:
        text = re.sub(r"^(?: {4})+", lambda indent: "\t" * (len(indent[0]) // 4), text, flags=re.MULTILINE)
    if "crlf" in ways:
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8-sig" if "bom" in ways else "utf-8")
