"""What a student handed in, read with care: notebooks that are none, links, files that nobody asked for."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from autograder.grading import intake
from autograder.grading.handed import MAX_NOTEBOOK, NOTEBOOKS

NOTE = "autograder_note"  # the key of the notebook's metadata that holds what a grader should know


def is_plain_file(path: Path, max_size: int) -> bool:
    """Whether there is a regular file, no link and no device, of at most `max_size` bytes."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= max_size


class SubmissionExporter(NotebookExporter):
    """nbconvert's notebook exporter, except that a file which is no notebook is read as an empty one with a note.

    So a broken notebook costs a student neither the grades of the stages nor the place in the gradebook.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Reads and converts one notebook."""
        path = Path(filename)
        resources = {} if resources is None else resources
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(read_notebook(path), resources=resources, **kw)


def read_notebook(path: Path) -> NotebookNode:
    """Reads a notebook in format 4; an empty one whose metadata has a note if there is none to be read."""
    if not is_plain_file(path, MAX_NOTEBOOK):
        return empty_notebook("The submitted notebook is a link, no file, or larger than 32 MB, and was not read.")
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        if not all(isinstance(cell, NotebookNode) for cell in notebook.cells):
            raise ValueError("cells")
        notebook.metadata = NotebookNode(notebook.metadata)
        return notebook
    except Exception:  # whatever a stranger's file makes nbformat do, it is no notebook
        return empty_notebook("The submitted file could not be read as a notebook.")


def empty_notebook(note: str) -> NotebookNode:
    """A notebook without cells that carries a note for the grader."""
    return nbformat.v4.new_notebook(metadata={NOTE: note})


def add_notebook_if_none(folder: Path) -> bool:
    """Puts one empty notebook with a note into a submission that has none, as nbgrader sees only folders with some.

    Nothing that was handed in is changed, and the stages are graded without it all the same.

    Returns:
        Whether it did.
    """
    if not folder.is_dir() or any(os.path.lexists(folder / name) for name in NOTEBOOKS):
        return False
    text = nbformat.writes(empty_notebook("No notebook was handed in."))
    (folder / NOTEBOOKS[0]).write_text(text, encoding="utf-8")
    return True


# Hooks of nbgrader's autograde; it calls them with keyword arguments and logs what they raise.


def add_missing_notebooks(assignment: str, student: str, notebooks: list[str]) -> None:
    """Puts an empty notebook where a student forgot one, so that its stages, which are graded anyway, count."""
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    for name in NOTEBOOKS:
        path = folder / name
        if not os.path.lexists(path):
            path.write_text(nbformat.writes(empty_notebook("This notebook was not handed in.")), encoding="utf-8")
            notebooks.append(str(path))


def keep_only_known_files(assignment: str, student: str, notebooks: list[str]) -> None:
    """Deletes from the autograded folder what is neither a notebook of ours, nor a stage, nor a file of the release.

    nbgrader copies every submitted file there, and on to the feedback that students get; it follows links while at it.
    """
    if not notebooks:
        return
    submitted = Path(notebooks[0]).parent
    parts = list(submitted.parts)
    if parts[-3:] != ["submitted", parts[-2], assignment]:
        return  # somebody's own directory structure
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
    """Whether nbgrader has put the released file in the place of the submitted one; it leaves the stages."""
    return not name.startswith("stages/") and is_plain_file(release / name, MAX_NOTEBOOK)


def _stages(submitted: Path) -> list[str]:
    try:
        return list(intake.read(submitted).stages)
    except (intake.Refused, OSError):
        return []  # nothing of it goes any further
