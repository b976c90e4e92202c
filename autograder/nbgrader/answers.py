"""Written answers next to their cell, which the student left as it was released.

Text in one of the student's own cells next to the prompt is the answer; any other text of theirs may be. Either way the
reader gets the answer's cell to grade, with a sentence that says where to look. Then nothing is graded as empty.
"""

# nbformat has few types:
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

BESIDE = (
    "*This cell was left as it was released. The text in the student's own cells directly above or below it is taken "
    "as the answer.*"
)
ELSEWHERE = (
    "*This cell was left as it was released, but the notebook has other text by the student; check whether the "
    "answer is there.*"
)


def released_texts(path: Path) -> set[str]:
    """The texts of all cells of the released notebook; none if there is no such file."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception:  # no release here, or an unreadable one: then all text counts as the student's
        return set()
    return {_normal(cell.source) for cell in notebook.cells}


def pointer(place: int, cells: list[NotebookNode | None], known: set[str]) -> str:
    """What a reader is told about the cell of an untouched answer.

    Args:
        place: the cell's index.
        cells: the notebook, with None for each cell that nbgrader grades.
        known: the texts of released cells.

    Returns:
        A sentence; empty if the student wrote no text of their own.
    """
    below, above = cells[place + 1 :], reversed(cells[:place])
    if _begins_with_own(below, known) or _begins_with_own(above, known):
        return BESIDE
    own = [cell for cell in cells if cell is not None and cell.cell_type != "code" and _is_own(cell, known)]
    return ELSEWHERE if own else ""


def _begins_with_own(cells: Iterable[NotebookNode | None], known: set[str]) -> bool:
    """Whether there is text of the student's before the next cell of the release."""
    for cell in cells:
        if cell is None or _normal(cell.source) in known:
            return False
        if _is_own(cell, known):
            return True
    return False


def _is_own(cell: NotebookNode, known: set[str]) -> bool:
    text = _normal(cell.source)
    return bool(text or cell.get("attachments")) and text not in known


def _normal(text: str) -> str:
    return " ".join(text.split())
