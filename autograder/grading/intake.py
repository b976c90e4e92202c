"""The submissions of a folder, found and read without running or trusting any of it.

`find` lists them by their names, `read` returns the files of one that are graded: of a folder (`handed.py`) or of an
archive (`archives.py`). A submission that cannot be read safely is refused with one sentence, and harms no other.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import UserError
from autograder.grading import archives
from autograder.grading.handed import MAX_NAME, RESERVED, Handed, Refused, read_folder
from autograder.plain_text import plain_line

__all__ = ["Handed", "Refused", "Submission", "find", "read"]

ASSIGNMENT = "homework"
CONFIG = "nbgrader_config.py"
_ARCHIVE = re.compile(r"(?P<id>.+)-hw\d+\.zip", re.IGNORECASE)
_LITTER = (".DS_Store", ".git", ".grades", ".ipynb_checkpoints", "__MACOSX", "__pycache__", "Thumbs.db")
_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,79}")


@dataclass(frozen=True)
class Submission:
    """One student's work, where it lies.

    Attributes:
        student_id: as it is shown: the folder's or archive's name, without anything harmful.
        name: the same for a file name: unique in the class, also where case does not count.
        path: a folder, or a zip archive.
        refused: why it is not graded, as far as names tell.
    """

    student_id: str
    name: str
    path: Path
    refused: str = ""


def find(folder: Path, assignment: str = ASSIGNMENT) -> tuple[list[Submission], list[str]]:
    """Lists the submissions of a folder, sorted, and the names of what is none.

    Args:
        folder: holds `<student_id>/stages/*.py` or `<student_id>-hw<NN>.zip`, or is an nbgrader course, or the
            `submitted` folder of one (`<student_id>/<assignment>/stages/*.py`).
        assignment: the assignment's name in a course.

    Raises:
        UserError: there is no such folder, or it holds no submission.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; name the one that holds the submissions.")
    course = (folder / CONFIG).is_file()
    home = folder / "submitted" if course else folder
    found: dict[str, list[Submission]] = {}
    others = []
    for entry in sorted(os.scandir(home), key=lambda entry: entry.name) if home.is_dir() else ():
        archive = _ARCHIVE.fullmatch(entry.name)
        if entry.name in _LITTER:
            continue
        if archive and not entry.is_dir(follow_symlinks=False):
            _add(found, archive["id"], Path(entry.path), _link(entry))
        elif entry.is_dir() and not entry.name.startswith("."):
            path = Path(entry.path)
            if course and not os.path.lexists(path / assignment):
                others.append(plain_line(entry.name, MAX_NAME))
                continue
            nested = not os.path.lexists(path / "stages") and (path / assignment).is_dir()
            _add(found, entry.name, path / assignment if course or nested else path, _link(entry))
        else:
            others.append(plain_line(entry.name, MAX_NAME))
    if not found:
        raise UserError(
            f"{home} holds no submission; expected are folders <student>/stages/*.py, or archives <student>-hw01.zip."
        )
    return _named(found), others


def read(path: Path) -> Handed:
    """Reads the graded files of a folder or archive.

    Raises:
        Refused: it holds what no honest submission does, or cannot be read.
    """
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        return read_folder(path)
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"{plain_line(path.name, MAX_NAME)} is a link or a device, no folder and no archive.")
    return archives.read(path)


# Details ------------------------------------------------------------------------------------------------------------


def _link(entry: os.DirEntry[str]) -> str:
    return f"{plain_line(entry.name, MAX_NAME)} is a link; hand in the files themselves." if entry.is_symlink() else ""


def _add(found: dict[str, list[Submission]], student_id: str, path: Path, refused: str) -> None:
    found.setdefault(student_id, []).append(Submission(student_id, "", path, refused))


def _named(found: dict[str, list[Submission]]) -> list[Submission]:
    """One submission for each id, with harmless names that no two share."""
    named = []
    folded = [student_id.casefold() for student_id in found]
    for student_id, submissions in found.items():
        visible = plain_line(student_id, 80) or "nameless"
        name = re.sub(r"[^A-Za-z0-9_.@-]", "_", visible)[:80]
        safe = _SAFE_ID.fullmatch(student_id) and not RESERVED.fullmatch(student_id)
        if not safe or folded.count(student_id.casefold()) > 1:
            digest = hashlib.sha256(student_id.encode(errors="surrogateescape")).hexdigest()[:8]
            name = f"{name.lstrip('.-') or 'x'}-{digest}"
            visible = visible if visible == student_id else f"{visible} ({digest})"
        first, *others = submissions
        if others:
            names = ", ".join(plain_line(item.path.name, MAX_NAME) for item in submissions)
            first = replace(first, refused=f"{visible} handed in {len(submissions)} times ({names}); keep one.")
        named.append(replace(first, student_id=visible, name=name))
    return sorted(named, key=lambda submission: (submission.student_id, submission.name))
