"""The bank of submissions: `right/<stage>/<slug>.py` and `wrong/<stage>/<slug>.py`.

An entry is a small file. Its docstring says what it is; its definitions are appended to the reference module of its
stage, so that they take the place of the names they redefine, and everything else of the submission is the reference.
Comment lines of their own, in this order, say the rest:

    # mistake: no_gradient           the known mistake that a wrong entry makes; without it, it is the file's name
    # points at: the square root     what the diagnosis of a wrong entry has to contain (any case); one line for each
    # hidden only: it needs secret   why the visible suite cannot catch a wrong entry; without it, it has to
    # saved with: bom, crlf, tabs    how the module is written to disk, as some editors do
    # file: helpers.py               what follows, up to the next such line, is another file in stages/

`hostile/` holds the attacks and `empty/` the submissions that compute nothing; both are described there. `python -m
bank` grades all of it (see `__main__.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import rubric
from autograder.misconceptions import entries as known

HERE = Path(__file__).parent
REFERENCE = known.REFERENCE
KINDS = ("right", "wrong")


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
        return known.saved_with(self.path)

    @property
    def brings_files(self) -> bool:
        """Whether it has further files beside the module."""
        return known.FILE.search(self.path.read_text(encoding="utf-8")) is not None

    def _comments(self, name: str) -> list[str]:
        return known.comments(self.path, name)

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
    return known.build(entry.stage, entry.path, directory)
