"""The two notebooks, made from the Markdown beside this file: `1_prototypical_networks.md` and `2_simclr.md`.

Edit those. Text becomes Markdown cells, a new one at every heading; a block fenced as ```python becomes a code cell.
Four comments on lines of their own stand for what the rubric knows:

    <!-- table -->                        the stages of this notebook with their points
    <!-- stage: nt_xent -->               the heading of a stage: number, title, what to write where, paper, points
    <!-- grade: nt_xent -->               the locked cell that grades it
    <!-- answer: why_mean, 5 points -->   a cell for a written answer, graded by hand

`build()` returns both as text: cell ids are made from the stage and a number, so that a change moves few of them, and
there is no output in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.errors import UserError

FOLDER = Path(__file__).parent
NOTEBOOKS = (rubric.PROTONET, rubric.SIMCLR)
ANSWER = "YOUR ANSWER HERE"  # what nbgrader itself puts there
_DIRECTIVE = re.compile(r"<!-- (table|stage|grade|answer)(?:: (\w+))?(?:, (\d+) points)? -->")
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass(frozen=True)
class Piece:
    """A part of a content file: its kind (`markdown`, `code` or a directive), its text or argument, and its line."""

    kind: str
    text: str
    line: int
    points: int = 0


def build() -> dict[str, str]:
    """Makes the notebooks.

    Returns:
        {file name: text}, such as `2_simclr.ipynb`.

    Raises:
        UserError: a content file names a stage wrongly, leaves one out, or has an unclosed block; with file and line.
    """
    return {f"{name}.ipynb": build_one(name, (FOLDER / f"{name}.md").read_text(encoding="utf-8")) for name in NOTEBOOKS}


def build_one(name: str, content: str) -> str:
    """Makes one notebook from its content. `name` is the notebook of the rubric that it has to cover."""
    pieces = list(_pieces(name, content))
    _check(name, pieces)
    cells: list[dict[str, Any]] = []
    section, number = "intro", 0
    for piece in pieces:
        if piece.kind == "stage":
            section, number = piece.text, 0
        cell = _cell(name, piece)
        if "id" not in cell:
            number += 1
            cell["id"] = f"{section}-{number:02d}"
        cells.append(cell)
    notebook = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _pieces(name: str, content: str) -> Iterator[Piece]:
    """Cuts a content file into cells, in order."""
    text: list[str] = []
    start, code_from = 1, 0
    for number, line in enumerate([*content.split("\n"), ""], 1):
        directive = _DIRECTIVE.fullmatch(line.strip())
        ends_text = line == "```python" or directive or line.startswith("#")
        if code_from:
            if line != "```":
                text.append(line)
                continue
            yield Piece("code", "\n".join(text), code_from)
            text, start, code_from = [], number + 1, 0
            continue
        if line.startswith("<!--") and not directive:
            raise UserError(
                f"{name}.md, line {number}: {line.strip()} is none of the comments that notebooks.py knows."
            )
        if ends_text:
            if "\n".join(text).strip():
                yield Piece("markdown", "\n".join(text).strip(), start)
            text, start = [], number
        if line == "```python":
            code_from = number
        elif directive:
            yield Piece(directive[1], directive[2] or "", number, int(directive[3] or 0))
            start = number + 1
        else:
            text.append(line)
    if code_from:
        raise UserError(f"{name}.md, line {code_from}: this code block is never closed.")
    if "\n".join(text).strip():
        yield Piece("markdown", "\n".join(text).strip(), start)


def _check(name: str, pieces: list[Piece]) -> None:
    """Raises UserError unless each stage of the notebook has one heading and then one grade cell, in order."""
    wanted = [(kind, stage.id) for stage in rubric.STAGES if stage.notebook == name for kind in ("stage", "grade")]
    found = [piece for piece in pieces if piece.kind in ("stage", "grade")]
    for piece, (kind, stage_id) in zip(found, wanted, strict=False):
        if (piece.kind, piece.text) != (kind, stage_id):
            raise UserError(
                f"{name}.md, line {piece.line}: `<!-- {kind}: {stage_id} -->` should come here by the rubric's order, "
                f"not `<!-- {piece.kind}: {piece.text} -->`."
            )
    if len(found) > len(wanted):
        extra = found[len(wanted)]
        raise UserError(f"{name}.md, line {extra.line}: the rubric has no further stage for this notebook.")
    if len(found) < len(wanted):
        raise UserError(f"{name}.md: `<!-- {': '.join(wanted[len(found)])} -->` is missing at the end.")
    for piece in pieces:
        if piece.kind == "answer" and not (piece.text and piece.points):
            raise UserError(f"{name}.md, line {piece.line}: write an answer as `<!-- answer: name, 5 points -->`.")


def _cell(name: str, piece: Piece) -> dict[str, Any]:
    if piece.kind == "code":
        return _code(piece.text)
    if piece.kind == "markdown":
        return _markdown(piece.text)
    if piece.kind == "table":
        return _markdown(_table(name))
    if piece.kind == "stage":
        return _markdown(_heading(rubric.get(piece.text)))
    if piece.kind == "grade":
        stage = rubric.get(piece.text)
        cell = _code(f'grade("{stage.id}")')
        metadata = _nbgrader(stage.id, stage.points, solution=False)
        return cell | {"id": f"grade-{stage.id}", "metadata": {"deletable": False, "editable": False} | metadata}
    cell = _markdown(ANSWER)
    metadata = _nbgrader(piece.text, piece.points, solution=True)
    return cell | {"id": f"answer-{piece.text}", "metadata": {"deletable": False} | metadata}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(source)}


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _lines(source: str) -> list[str]:
    return source.strip("\n").splitlines(keepends=True)


def _nbgrader(grade_id: str, points: int, *, solution: bool) -> dict[str, Any]:
    """The cell metadata of nbgrader, schema 3: a locked test, or a written answer."""
    return {
        "nbgrader": {
            "grade": True,
            "grade_id": grade_id,
            "locked": not solution,
            "points": points,
            "schema_version": 3,
            "solution": solution,
            "task": False,
        }
    }


def _number(stage: rubric.Stage) -> int:
    return rubric.STAGES.index(stage) + 1


def _heading(stage: rubric.Stage) -> str:
    names = ", ".join(f"`{name}`" for name in stage.names)
    return (
        f"## {_number(stage)}. {stage.title}\n\n"
        f"**Write** {names} in [`stages/{stage.module}.py`](stages/{stage.module}.py). "
        f"**From** {stage.source}. **Worth** {stage.points} points.\n\n"
        f'**Check** it with `check("{stage.id}")` in a cell, or `make check STAGE={stage.id}` in a terminal.'
    )


def _table(name: str) -> str:
    stages = [stage for stage in rubric.STAGES if stage.notebook == name]
    rows = [f"| {_number(stage)} | {stage.title} | `stages/{stage.module}.py` | {stage.points} |" for stage in stages]
    total = f"| | | **this notebook** | **{sum(stage.points for stage in stages)}** of {rubric.MAX_POINTS} |"
    return "\n".join(["| | stage | file | points |", "| --- | --- | --- | --- |", *rows, total])
