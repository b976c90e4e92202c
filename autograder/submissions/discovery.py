"""The submissions in a folder, found and read without running or trusting any of them.

`find` lists them by their names, `read` returns the graded files of one: a folder (`folder.py`) or an archive
(`archive.py`). A submission that cannot be read safely is refused with one sentence, and does not affect the others.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import UserError
from autograder.submissions import archive, near_names
from autograder.submissions.allowlist import MAX_NAME, RESERVED, Handed, Keep, RefusedError, shown
from autograder.submissions.folder import open_plain, read_folder, walk
from autograder.text import plain_line

ASSIGNMENT = "homework"
CONFIG = "nbgrader_config.py"
_ARCHIVE = re.compile(r"(?P<id>.+)-hw\d+\.zip", re.IGNORECASE)
_BARE = re.compile(r"(?P<id>(?:(?!-hw\d).)+)\.zip", re.IGNORECASE)  # not ada-hw01 (1).zip, which has no clear owner
_LITTER = (".DS_Store", ".git", ".grades", ".ipynb_checkpoints", "__MACOSX", "__pycache__", "Thumbs.db")
_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,79}")
_DIGEST = re.compile(r"[-(][0-9a-f]{16}\)?$")  # the end of a name that was made unique; no other name may end like this


@dataclass(frozen=True)
class Submission:
    """One student's work and where it is.

    Attributes:
        student_id: as it is shown: the folder's or archive's name, without anything harmful.
        name: the same as a file name: unique in the class, even where case does not count.
        path: a folder, or a zip archive.
        refused: why it is not graded, as far as the names tell.
    """

    student_id: str
    name: str
    path: Path
    refused: str = ""


def find(folder: Path, assignment: str = ASSIGNMENT, bare: bool = False) -> tuple[list[Submission], list[str]]:
    """Lists the submissions in a folder, sorted, and the names of everything else.

    Args:
        folder: holds `<student_id>/stages/*.py` or `<student_id>-hw<NN>.zip`, or is an nbgrader course, or the
            `submitted` folder of one (`<student_id>/<assignment>/stages/*.py`).
        assignment: the assignment's name in a course.
        bare: whether `<student_id>.zip` is a submission, too.

    Raises:
        UserError: there is no such folder, or it holds no submission.
    """
    try:
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}; name the one that holds the submissions.")
        course = (folder / CONFIG).is_file()
        home = folder / "submitted" if course else folder
        entries = sorted(os.scandir(home), key=lambda entry: entry.name) if home.is_dir() else []
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}. Name a folder that you may read.") from error
    found: dict[str, list[Submission]] = {}
    others = []
    for entry in entries:
        archive = _ARCHIVE.fullmatch(entry.name) or (_BARE.fullmatch(entry.name) if bare else None)
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
            f"{home} holds no submissions; expected folders <student>/stages/*.py or archives <student>-hw01.zip."
        )
    return _named(found), others


def is_disguised(student_id: str) -> bool:
    """Whether this student id is not as it was found, but was made harmless and unique."""
    return _DIGEST.search(student_id) is not None


def read(path: Path, keep: Keep | None = None) -> Handed:
    """Reads the graded files of a folder or archive, or of the only archive in a folder, as Moodle delivers it.

    Args:
        path: the folder or archive.
        keep: see `folder.read_folder`.

    Raises:
        RefusedError: it holds nothing to grade or what no honest submission holds, or cannot be read.
    """
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        found = read_folder(path, keep)
        if found.complete:
            return found
        names = walk(path)
        if not found.empty:
            return replace(found, near=near_names.missing(found.stages, names))
        return _packed(path, names, keep)
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError(f"{plain_line(path.name, MAX_NAME)} is a link or a device, not a folder or an archive.")
    return archive.read(path, keep)


# Details ------------------------------------------------------------------------------------------------------------


def _packed(folder: Path, names: list[str], keep: Keep | None) -> Handed:
    """Reads the only archive in a folder without stages, one level deep. Raises RefusedError if there is none."""
    packed = [name for name in names if "/" not in name and name.lower().endswith(".zip")]
    if len(packed) > 1:
        several = ", ".join(plain_line(name, MAX_NAME) for name in packed[: near_names.SHOWN])
        raise RefusedError(f"There are {len(packed)} archives and no stages/ ({several}); keep the one that counts.")
    if not packed:
        raise RefusedError(near_names.nothing(names, "folder"))
    name = plain_line(packed[0], MAX_NAME)
    try:
        inner = archive.read(open_plain(folder / packed[0], name), keep)
    except RefusedError as error:
        raise RefusedError(f"{name}: {error}") from error
    beside = [name for name in names if name != packed[0]]
    return replace(inner, ignored=shown([*inner.ignored, *beside]))


def _link(entry: os.DirEntry[str]) -> str:
    return f"{plain_line(entry.name, MAX_NAME)} is a link; hand in the files themselves." if entry.is_symlink() else ""


def _add(found: dict[str, list[Submission]], student_id: str, path: Path, refused: str) -> None:
    student_id = unicodedata.normalize("NFC", student_id)  # macOS uses the other form
    found.setdefault(student_id, []).append(Submission(student_id, "", path, refused))


def _named(found: dict[str, list[Submission]]) -> list[Submission]:
    """One submission per id, with harmless and unique names."""
    named = []
    folded = [student_id.casefold() for student_id in found]
    for student_id, submissions in found.items():
        visible = plain_line(student_id, 80) or "nameless"
        name = re.sub(r"[^A-Za-z0-9_.@-]", "_", visible)[:80]
        safe = _SAFE_ID.fullmatch(student_id) and not RESERVED.fullmatch(student_id)
        imitates = is_disguised(student_id)
        if not safe or imitates or folded.count(student_id.casefold()) > 1:
            digest = hashlib.sha256(student_id.encode(errors="surrogateescape")).hexdigest()[:16]
            name = f"{name.lstrip('.-') or 'x'}-{digest}"
            visible = visible if visible == student_id and not imitates else f"{visible} ({digest})"
        first, *others = submissions
        if others:
            names = ", ".join(plain_line(item.path.name, MAX_NAME) for item in submissions)
            first = replace(first, refused=f"{visible} handed in {len(submissions)} times ({names}); keep one.")
        named.append(replace(first, student_id=visible, name=name))
    return sorted(named, key=lambda submission: (submission.student_id, submission.name))
