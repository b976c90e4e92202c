"""What a student handed in, read with care: broken notebooks, links, files that nobody asked for."""

# nbformat has few types:
# mypy: allow-untyped-calls, no-warn-return-any

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from autograder import rubric
from autograder.submissions import discovery
from autograder.submissions.allowlist import MAX_NAME, MAX_NOTEBOOK, NOTEBOOKS, RefusedError
from autograder.text import plain_line

NOTE = "autograder_note"  # a key of the exporter's resources, which no file can write to
EMPTY = "This notebook was not handed in, or has no cells."
MAX_LOOKED_AT = 20  # notebooks with other names


def is_plain_file(path: Path, max_size: int) -> bool:
    """Whether there is a regular file (not a link or a device) of at most `max_size` bytes."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= max_size


class SubmissionExporter(NotebookExporter):
    """nbconvert's notebook exporter, except that a file that is not a notebook is read as an empty one with a note.

    So a broken notebook costs a student neither the grades of the stages nor a place in the gradebook.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Reads and converts one notebook."""
        path = Path(filename)
        resources = {} if resources is None else resources
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        notebook, note = read_notebook(path)
        resources[NOTE] = note or _renamed(path)
        return self.from_notebook_node(notebook, resources=resources, **kw)


def read_notebook(path: Path) -> tuple[NotebookNode, str]:
    """Returns a notebook in format 4, and what a reader should know about it; an empty one if it cannot be read."""
    if not is_plain_file(path, MAX_NOTEBOOK):
        return _empty("The submitted notebook is a link, not a file, or larger than 32 MB, and was not read.")
    try:
        text, note = _decoded(path.read_bytes())
        document, end = json.JSONDecoder().raw_decode(text.lstrip())
        if text.lstrip()[end:].strip():
            note = f"{note} Whatever follows the end of the notebook in the file was not read.".strip()
        notebook = nbformat.from_dict(
            nbformat.reads(json.dumps(document), as_version=4)
        )  # of one type, whatever the version
        if not all(isinstance(cell, NotebookNode) for cell in notebook.cells):
            raise ValueError("cells")
        notebook.metadata = NotebookNode(notebook.metadata)
        return notebook, note
    except Exception:  # whatever a stranger's file makes nbformat raise, it is not a notebook
        return _empty("The submitted file could not be read as a notebook; look at it in `submitted/`.")


def _empty(note: str) -> tuple[NotebookNode, str]:
    return nbformat.v4.new_notebook(), note


def _decoded(content: bytes) -> tuple[str, str]:
    """The text of a JSON file in UTF-8, -16 or -32, with or without a mark, and a note if it is in none of these."""
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding), ""
    except UnicodeDecodeError:
        note = "The file is not in UTF-8; characters that could not be read are shown as \ufffd."
        return content.decode(encoding, errors="replace"), note


def _renamed(path: Path) -> str:
    """A note if this notebook is the copy that `find_notebooks` made of one with another name."""
    if path.name not in NOTEBOOKS:
        return ""
    size = path.stat().st_size
    for other in sorted(path.parent.glob("*.ipynb")):
        if other.name in NOTEBOOKS or not is_plain_file(other, MAX_NOTEBOOK) or other.stat().st_size != size:
            continue
        if other.read_bytes() == path.read_bytes():
            return f"It was handed in under another name, {plain_line(other.name, MAX_NAME)}."
    return ""


def _placeholder() -> str:
    return nbformat.writes(nbformat.v4.new_notebook())


def add_notebook_if_none(folder: Path) -> bool:
    """Puts an empty notebook with a note into a submission that has none, since nbgrader only sees folders with one.

    Nothing that was handed in is changed, and the stages are graded either way.

    Returns:
        Whether it did.
    """
    if not folder.is_dir() or any(os.path.lexists(folder / name) for name in NOTEBOOKS):
        return False
    for name in NOTEBOOKS:
        found = _look_alike(folder, name)
        if found is not None:
            shutil.copyfile(found, folder / name)
            return True
    (folder / NOTEBOOKS[0]).write_text(_placeholder(), encoding="utf-8")
    return True


# Hooks of nbgrader's autograde, which calls them with keyword arguments and logs what they raise.


def find_notebooks(assignment: str, student: str, notebooks: list[str]) -> None:
    """Adds a copy of a notebook that has another name, or an empty notebook if the student forgot it.

    So its stages, which are graded anyway, count, and written answers reach the reader.
    """
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    for name in NOTEBOOKS:
        path = folder / name
        if not os.path.lexists(path):
            found = _look_alike(folder, name)
            if found is None:
                path.write_text(_placeholder(), encoding="utf-8")
            else:
                shutil.copyfile(found, path)
            notebooks.append(str(path))


def _look_alike(folder: Path, name: str) -> Path | None:
    """The one notebook with another name that has most of the stages of `name`; None unless there is exactly one."""
    stages = {stage.id for stage in rubric.STAGES if f"{stage.notebook}.ipynb" == name}
    others = [path for path in sorted(folder.glob("*.ipynb"))[:MAX_LOOKED_AT] if path.name not in NOTEBOOKS]
    found = [path for path in others if len(stages & _grade_ids(path)) > len(stages) / 2]
    return found[0] if len(found) == 1 else None


def _grade_ids(path: Path) -> set[str]:
    cells = read_notebook(path)[0].cells
    marks = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    return {str(mark.get("grade_id")) for mark in marks if isinstance(mark, dict)}


def keep_only_known_files(assignment: str, student: str, notebooks: list[str]) -> None:
    """Deletes from the autograded folder everything but our notebooks, stages and files of the release.

    nbgrader copies every submitted file there, and then to the feedback that students get, and follows links.
    """
    if not notebooks:
        return
    submitted = Path(notebooks[0]).parent
    parts = list(submitted.parts)
    if parts[-3:] != ["submitted", parts[-2], assignment]:
        return  # a directory structure of the course's own
    root = Path(*parts[:-3])
    autograded, release = root / "autograded" / parts[-2] / assignment, root / "release" / assignment
    known = {f"stages/{name}" for name in _stages(submitted)} | set(NOTEBOOKS)
    for path in sorted(autograded.rglob("*"), reverse=True):
        name = path.relative_to(autograded).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif name not in known and name != "timestamp.txt" and not _is_released(release, name):
            path.unlink()


def _is_released(release: Path, name: str) -> bool:
    """Whether nbgrader has replaced the submitted file by the released one; it leaves the stages alone."""
    return not name.startswith("stages/") and is_plain_file(release / name, MAX_NOTEBOOK)


def _stages(submitted: Path) -> list[str]:
    try:
        return list(discovery.read(submitted).stages)
    except (RefusedError, OSError):
        return []  # none of it goes any further
