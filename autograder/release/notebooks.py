"""The two notebooks, made from the Markdown beside this file: `1_prototypical_networks.md` and `2_simclr.md`.

Edit those, as text or in JupyterLab (Open With, Notebook): they are notebooks in jupytext's Markdown format, which
starts a new cell at every heading, at every block fenced as ```python, and after two blank lines. Four comments on
lines of their own stand for what the rubric knows:

    <!-- table -->                        the stages of this notebook with their points
    <!-- stage: nt_xent -->               the heading of a stage: number, title, what to write where, paper, points
    <!-- grade: nt_xent -->               the locked cell that grades it
    <!-- answer: why_mean, 5 points -->   a cell for a written answer, graded by hand

A stage that the text does not mention gets its heading and its grade cell after the stage before it.

`build()` returns both as text: cell ids are made from the stage and a number, so that a change moves few of them, and
there is no output in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import rubric
from autograder.errors import UserError

FOLDER = Path(__file__).parent
NOTEBOOKS = (rubric.PROTONET, rubric.SIMCLR)
ANSWER = "YOUR ANSWER HERE"  # what nbgrader itself puts there
FORMAT = {"extension": ".md", "format_name": "markdown", "split_at_heading": True}
_COMMENT = re.compile(r"^(<!--.*)$", re.MULTILINE)
_DIRECTIVE = re.compile(r"<!-- (table|stage|grade|answer)(?:: (\w+))?(?:, (\d+) points)? -->")
_UNCLOSED = re.compile(r"^```python$(?!.*^```$)", re.MULTILINE | re.DOTALL)
_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


@dataclass(frozen=True)
class Piece:
    """A cell to be: its kind (`markdown`, `code` or a directive), its text or argument, and a directive's line."""

    kind: str
    text: str
    line: int = field(default=0, compare=False)
    points: int = 0


def build() -> dict[str, str]:
    """Makes the notebooks.

    Returns:
        {file name: text}, such as `2_simclr.ipynb`.

    Raises:
        UserError: a content file names a stage wrongly, leaves half of one out, or has an unclosed block; with file
            and line.
    """
    return {f"{name}.ipynb": build_one(name, (FOLDER / f"{name}.md").read_text(encoding="utf-8")) for name in NOTEBOOKS}


def build_one(name: str, content: str) -> str:
    """Makes one notebook from its content. `name` is the notebook of the rubric that it has to cover."""
    pieces = list(_pieces(name, content))
    _check(name, pieces)
    _complete(name, pieces)
    notebook = new_notebook(metadata=_METADATA)
    section, number = "intro", 0
    for piece in pieces:
        if piece.kind == "stage":
            section, number = piece.text, 0
        cell = _cell(name, piece)
        if piece.kind not in ("grade", "answer"):
            number += 1
            cell.id = f"{section}-{number:02d}"
        notebook.cells.append(cell)
    text: str = nbformat.writes(notebook)
    return text + "\n"


def _pieces(name: str, content: str) -> Iterator[Piece]:
    """Cuts a content file into cells, in order."""
    if unclosed := _UNCLOSED.search(content):
        raise UserError(f"{name}.md, line {_line(content, unclosed)}: this code block is never closed.")
    lines = (_line(content, comment) for comment in _COMMENT.finditer(content))
    for cell in jupytext.reads(content, FORMAT).cells:
        if cell.cell_type == "code":
            yield Piece("code", cell.source)
            continue
        for text in filter(None, map(str.strip, _COMMENT.split(cell.source))):
            if not text.startswith("<!--"):
                yield Piece("markdown", text)
                continue
            line = next(lines)
            if not (directive := _DIRECTIVE.fullmatch(text)):
                raise UserError(f"{name}.md, line {line}: {text} is not one of the comments that notebooks.py knows.")
            yield Piece(directive[1], directive[2] or "", line, int(directive[3] or 0))


def _line(content: str, match: re.Match[str]) -> int:
    return content.count("\n", 0, match.start()) + 1


def _complete(name: str, pieces: list[Piece]) -> None:
    """Adds heading and grade cell of each stage of the notebook that no piece mentions, after the stage before it."""
    after = next((index for index, piece in enumerate(pieces) if piece.kind == "stage"), len(pieces))
    for stage in rubric.STAGES:
        if stage.notebook == name and Piece("grade", stage.id) not in pieces:
            pieces[after:after] = [Piece("stage", stage.id), Piece("grade", stage.id)]
        if Piece("grade", stage.id) in pieces:
            after = pieces.index(Piece("grade", stage.id)) + 1


def _check(name: str, pieces: list[Piece]) -> None:
    """Raises UserError unless each stage that is mentioned has one heading and then one grade cell, in order."""
    found = [piece for piece in pieces if piece.kind in ("stage", "grade")]
    stages = [stage for stage in rubric.STAGES if stage.notebook == name]
    mentioned = [stage for stage in stages if any(piece.text == stage.id for piece in found)]
    wanted = [(kind, stage.id) for stage in mentioned for kind in ("stage", "grade")]
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


def _cell(name: str, piece: Piece) -> Any:
    """The cell of a piece; that of a directive with an id of its own has it."""
    if piece.kind == "code":
        return new_code_cell(piece.text)
    if piece.kind == "markdown":
        return new_markdown_cell(piece.text)
    if piece.kind == "table":
        return new_markdown_cell(_table(name))
    if piece.kind == "stage":
        return new_markdown_cell(_heading(rubric.get(piece.text)))
    if piece.kind == "grade":
        stage = rubric.get(piece.text)
        metadata = {"deletable": False, "editable": False} | _nbgrader(stage.id, stage.points, solution=False)
        return new_code_cell(f'grade("{stage.id}")', id=f"grade-{stage.id}", metadata=metadata)
    metadata = {"deletable": False} | _nbgrader(piece.text, piece.points, solution=True)
    return new_markdown_cell(ANSWER, id=f"answer-{piece.text}", metadata=metadata)


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
