"""Submissions that compute nothing, and what the grader gives for that: `empty/<slug>.py`, one each.

The text of an entry is appended to every reference module; whatever a student writes there and the entry does not
define becomes its `answer`. What is given (`Episode`, `History`, …) stays. A docstring says what the entry does instead
of the assignment. Together its stages may earn `LIMIT` points: nobody gets marks for shapes and constants.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric
from autograder.runner import run as runner
from autograder.runner.results import StageResult

HERE = Path(__file__).parent
REFERENCE = HERE.parents[3] / "solutions" / "stages"
LIMIT = 3.0  # points of all that the assignment has


@dataclass(frozen=True)
class Empty:
    """One entry; `slug` is its file's name without the ending."""

    slug: str
    path: Path

    @property
    def description(self) -> str:
        """What it does, from its docstring."""
        return ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8"))) or ""

    def __str__(self) -> str:
        return f"empty/{self.slug}"


@dataclass(frozen=True)
class Earned:
    """What an entry got for each stage."""

    entry: Empty
    results: tuple[StageResult, ...]

    @property
    def points(self) -> float:
        """The sum over the stages."""
        return round(sum(result.points for result in self.results), 2)

    @property
    def too_much(self) -> str:
        """What it should not have got: the stages that gave points; empty if that is at most `LIMIT`."""
        gave = [f"{result.id} {result.points:g}" for result in self.results if result.points]
        return f"{self.points:g} points for nothing ({', '.join(gave)})" if self.points > LIMIT else ""


def entries() -> list[Empty]:
    """All entries."""
    return [Empty(path.stem, path) for path in sorted(HERE.glob("*.py")) if path.name != "__init__.py"]


def build(entry: Empty, submission: Path) -> Path:
    """Writes the submission of an entry. Returns its folder."""
    (submission / "stages").mkdir(parents=True)
    text = entry.path.read_text(encoding="utf-8")
    own = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for path in REFERENCE.glob("*.py"):
        wanted = [name for stage in rubric.STAGES if stage.module == path.stem for name in stage.names]
        rest = "".join(f"{name} = answer\n" for name in wanted if name not in own)
        parts = [path.read_text(encoding="utf-8"), text, rest] if wanted else [path.read_text(encoding="utf-8")]
        (submission / "stages" / path.name).write_text("\n\n".join(parts), encoding="utf-8")
    return submission


def grade(entry: Empty, folder: Path, stages: Sequence[rubric.Stage] = rubric.STAGES, **options: object) -> Earned:
    """Grades an entry; options are those of `runner.run`."""
    return Earned(entry, tuple(runner.run(build(entry, folder / entry.slug), stages, "hidden", **options)))  # type: ignore[arg-type]
