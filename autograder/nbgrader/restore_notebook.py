"""A submitted notebook, restored to the shape of the released one before anything reads it.

Grade cells that were changed, deleted, duplicated or disguised are put back as they were released; written answers are
kept; a note at the top says what was done. Nothing in the notebook is executed, so the outputs are those that students
handed in: their text and pictures stay for the reader of the written answers, everything else (HTML, scripts, widgets)
is removed.
"""

# nbgrader has no types, nbformat has few:
# mypy: allow-subclassing-any, allow-untyped-calls, no-warn-return-any

from __future__ import annotations

import base64
import binascii
import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder import rubric
from autograder.nbgrader import answers
from autograder.nbgrader.submission import EMPTY, NOTE
from autograder.text import coloured, plain_line

MAX_CELLS = 1000
MAX_TEXT = 20_000  # characters of a cell or of one output
MAX_TOTAL = 200_000  # of all cells, and again of all outputs
MAX_PICTURE = 4 * 1024 * 1024  # bytes
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
MISSING = "*The cell of this answer was missing from the submission; look for the answer in other cells.*"


@dataclass
class Released:
    """A cell of the released notebook that nbgrader knows, and what the submission has in its place."""

    name: str
    cell_type: str
    source: str
    checksum: str
    points: float
    answer: bool
    found: list[str] = field(default_factory=list)
    pointer: str = ""  # where to look for the answer

    def cell(self) -> NotebookNode:
        """The cell to grade: the released test, or the answer that was found."""
        source = self.source
        if self.answer:
            given = dict.fromkeys(text for text in self.found if text.strip() != self.source.strip())
            source = "\n\n".join(given) if self.found else f"{MISSING}\n\n{self.source}"
            source = source if given or not self.found else self.source
            source = f"{self.pointer}\n\n{source}" if self.pointer else source
        make = nbformat.v4.new_code_cell if self.cell_type == "code" else nbformat.v4.new_markdown_cell
        marks = {
            "grade": True,
            "grade_id": self.name,
            "locked": not self.answer,
            "points": self.points,
            "schema_version": 3,
            "solution": self.answer,
            "task": False,
            "cell_type": self.cell_type,
            "checksum": self.checksum,
        }
        return make(source, metadata={"nbgrader": marks})

    def note(self) -> str:
        """What was wrong with the cell in the submission, or nothing."""
        if not self.found:
            return f"the cell `{self.name}` was missing"
        if len(self.found) > 1:
            return f"the cell `{self.name}` appeared {len(self.found)} times"
        if not self.answer and self.found[0].strip() != self.source.strip():
            return f"the locked cell `{self.name}` was changed and has been restored"
        return ""


class RestoreCells(NbGraderPreprocessor):
    """Rebuilds a submitted notebook from cells that are known to be good."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Returns a new notebook: the cleaned cells of the submission, and the released cells in their places."""
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            released = _released(gradebook, info["notebook"], info["assignment"])
        note = resources.get(NOTE) or ("" if nb.cells else EMPTY)
        course = self.parent.parent.coursedir  # of the exporter's converter
        release = Path(course.format_path(course.release_directory, ".", info["assignment"]))
        known = answers.released_texts(release / f"{info['notebook']}.ipynb")
        texts, shown = Budget(), Budget()
        _spend_first(nb.cells[:MAX_CELLS], released, texts)
        cells: list[NotebookNode | Released] = []
        for cell in nb.cells[:MAX_CELLS]:
            name = _grade_id(cell)
            if name not in released:
                cells.append(clean_cell(cell, texts, shown))
                continue
            if not released[name].found:
                cells.append(released[name])
            released[name].found.append(cell["source"])
        _point(cells, known)
        _add_missing(cells, list(released.values()))
        notes = [note] if note else []
        notes += [f"{text[0].upper()}{text[1:]}." for text in (item.note() for item in released.values()) if text]
        if len(nb.cells) > MAX_CELLS:
            notes.append(f"Only the first {MAX_CELLS} of {len(nb.cells)} cells were read.")
        if texts.cut or shown.cut:
            notes.append(
                f"At most {MAX_TEXT} characters of each cell and output are shown, and at most {MAX_TOTAL} of all "
                "cells and of all outputs; the rest was cut. The complete notebook is in `submitted/`."
            )
        restored = nbformat.v4.new_notebook(
            cells=[item.cell() if isinstance(item, Released) else item for item in cells],
            metadata={"language_info": {"name": "python"}},
        )
        if notes and not (
            len(notes) == 1 + len(released) and note
        ):  # an empty notebook does not need a list of its cells
            restored.cells.insert(0, _report(notes))
        elif notes:
            restored.cells.insert(0, _report(notes[:1]))
        for number, cell in enumerate(restored.cells):
            cell["id"] = f"cell-{number:04d}"
        restored.nbformat_minor = 5
        return restored, resources


class Budget:
    """Cuts texts to `MAX_TEXT` characters each and `MAX_TOTAL` together, and says so at the end of each one."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL
        self.cut = False

    def take(self, value: Any) -> str:
        """The text of a source or an output, without control characters and of bounded length."""
        if isinstance(value, list):
            value = "".join(part for part in value if isinstance(part, str))
        text = value if isinstance(value, str) else ""
        kept = text[: min(MAX_TEXT, self.left)]
        self.left -= len(kept)
        if len(kept) == len(text):
            return coloured(kept)
        self.cut = True
        return f"{coloured(kept)}\n\n[Cut by the autograder: {len(kept)} of {len(text)} characters are shown.]"


def clean_cell(cell: NotebookNode, texts: Budget, shown: Budget) -> NotebookNode:
    """One of the student's own cells: source, text and pictures; no metadata, no tags, no other output."""
    source = texts.take(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        clean = nbformat.v4.new_markdown_cell(source)
        attachments = _attachments(cell.get("attachments"))
        if attachments:
            clean["attachments"] = attachments
        return clean
    if cell.get("cell_type") != "code":
        return nbformat.v4.new_markdown_cell("\n".join(f"    {line}" for line in source.split("\n")))  # as text
    outputs = cell.get("outputs")
    kept = [clean_output(output, shown) for output in outputs[:100]] if isinstance(outputs, list) else []
    return nbformat.v4.new_code_cell(source, outputs=[output for output in kept if output is not None])


def clean_output(output: Any, shown: Budget) -> NotebookNode | None:
    """An output as plain text or as a picture; None if nothing safe is left of it."""
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        return nbformat.v4.new_output("stream", name="stdout", text=shown.take(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        text = "\n".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""
        return nbformat.v4.new_output("stream", name="stdout", text=shown.take(text))
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    kept: dict[str, str] = {}
    for mime in PICTURES:
        picture = _picture(mime, data.get(mime))
        if picture:
            kept[mime] = picture
    if "text/plain" in data:
        kept["text/plain"] = shown.take(data["text/plain"])
    return nbformat.v4.new_output("display_data", data=kept) if kept else None


def _released(gradebook: Gradebook, notebook_id: str, assignment_id: str) -> dict[str, Released]:
    """What the gradebook remembers of the released cells: the stages in the rubric's order, then the rest."""
    notebook = gradebook.find_notebook(notebook_id, assignment_id)
    graded = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    answers = {cell.name for cell in notebook.solution_cells}
    sources = {cell.name: cell for cell in notebook.source_cells if cell.name in graded}
    order = [stage.id for stage in rubric.STAGES if stage.id in sources]
    return {
        name: Released(
            name, sources[name].cell_type, sources[name].source, sources[name].checksum, graded[name], name in answers
        )
        for name in dict.fromkeys([*order, *sorted(sources)])
    }


def _add_missing(cells: list[NotebookNode | Released], released: list[Released]) -> None:
    """Inserts each missing released cell after the one that precedes it in the release."""
    before = -1
    for item in released:
        if item.found:
            before = next(index for index, cell in enumerate(cells) if cell is item)
        else:
            before = before + 1 if before >= 0 else len(cells)
            cells.insert(before, item)


def _grade_id(cell: NotebookNode) -> str | None:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else None


def _spend_first(cells: list[NotebookNode], released: dict[str, Released], texts: Budget) -> None:
    """Reads the graded cells before all others, so that nothing else uses up the budget of the answers."""
    for cell in cells:
        if _grade_id(cell) in released:
            cell["source"] = texts.take(cell.get("source"))


def _point(cells: list[NotebookNode | Released], known: set[str]) -> None:
    """Tells each answer that was left untouched where the student may have written it instead."""
    own = [None if isinstance(cell, Released) else cell for cell in cells]
    for place, cell in enumerate(cells):
        if not isinstance(cell, Released) or not cell.answer:
            continue
        if all(text.strip() in ("", cell.source.strip()) for text in cell.found):
            cell.pointer = answers.pointer(place, own, known)


def _picture(mime: str, value: Any) -> str:
    """A picture in base64, encoded anew; empty if it is not a picture."""
    value = "".join(value) if isinstance(value, list) and all(isinstance(part, str) for part in value) else value
    if not isinstance(value, str) or len(value) > MAX_PICTURE * 4 // 3:
        return ""
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(content).decode() if content.startswith(PICTURES[mime]) else ""


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """The pictures that are attached to a Markdown cell."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in value.items() if isinstance(value, dict) else ():
        pictures = {mime: _picture(mime, bundle.get(mime)) for mime in PICTURES} if isinstance(bundle, dict) else {}
        pictures = {mime: picture for mime, picture in pictures.items() if picture}
        if pictures and re.fullmatch(r"[\w .()-]{1,200}", str(name)):
            kept[str(name)] = pictures
    return kept


def _report(notes: list[str]) -> NotebookNode:
    """A cell with the autograder's notes, in a box that no student's text can have, see `sanitize.py`."""
    text = "Your stages are graded from `stages/*.py`; about this notebook:"
    lines = "".join(f"<li>{_marked_up(note)}</li>" for note in notes)
    page = f'<div class="alert alert-info"><b>From the autograder.</b> {_marked_up(text)}<ul>{lines}</ul></div>'
    shown = nbformat.v4.new_output("display_data", data={"text/html": page, "text/plain": "From the autograder."})
    return nbformat.v4.new_code_cell("", outputs=[shown])


def _marked_up(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(plain_line(text)))
