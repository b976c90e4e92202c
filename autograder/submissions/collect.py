"""Sorts what a class handed in into one folder per student, by the same rules by which it is graded.

    OUTPUT/<student>/stages/*.py, notebooks, team.yml, weights/      or OUTPUT/<student>/<assignment>/… for nbgrader

Only the name of the archive or folder itself says whose submission it is, never a name inside it. Only files of the
allow-list are written, into the student's folder, which appears whole or not at all; what a student already has there
is never changed.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from autograder.errors import UserError
from autograder.submissions import discovery
from autograder.submissions.allowlist import RESERVED, Handed, RefusedError
from autograder.submissions.discovery import Submission

_FOLDER = re.compile(r"[^\W_][^/\\:*?\"<>|]{0,99}(?<![ .])")


@dataclass(frozen=True)
class Collected:
    """What became of one submission.

    Attributes:
        submission: which.
        folder: where it is now; None if it was refused.
        files: what was written, with slashes.
        unchanged: whether all of it was there already.
        ignored: names that are not part of a submission.
        near: sentences about modules that are missing although files with similar names are there.
        refused: why nothing was written.
    """

    submission: Submission
    folder: Path | None = None
    files: tuple[str, ...] = ()
    unchanged: bool = False
    ignored: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    refused: str = ""


def collect(source: Path, output: Path, assignment: str = "") -> tuple[list[Collected], list[str]]:
    """Collects a class.

    Args:
        source: holds `<student>.zip`, `<student>-hw<NN>.zip` or folders `<student>/`.
        output: where the students' folders go; created if missing.
        assignment: the name of a folder inside each of them, as in nbgrader; empty: none.

    Returns:
        What became of each submission, and the names in the source that are not submissions.

    Raises:
        UserError: the source holds no submission, or the output cannot be written.
    """
    submissions, others = discovery.find(source, assignment or discovery.ASSIGNMENT, bare=True)
    if output.resolve().is_relative_to(source.resolve()):
        raise UserError(f"{output} lies within {source}; name a folder elsewhere for what is collected.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        taken = {_folded(name): name for name in os.listdir(output)}
        return [_one(submission, output, assignment, taken) for submission in submissions], others
    except OSError as error:
        raise UserError(f"{error.filename or output} could not be written: {error.strerror}. Name another.") from error


def _one(submission: Submission, output: Path, assignment: str, taken: dict[str, str]) -> Collected:
    """Collects one submission; `taken` has the folders of the output by their case-folded names."""
    try:
        if submission.refused:
            raise RefusedError(submission.refused)
        student = submission.student_id
        if discovery.is_disguised(student) or not _FOLDER.fullmatch(student) or RESERVED.fullmatch(student):
            raise RefusedError("This cannot be the name of a student's folder; rename what was handed in.")
        if taken.setdefault(_folded(student), student) != student:
            raise RefusedError(f"{student} and {taken[_folded(student)]} differ only in case; rename one.")
        with _work(output) as work:
            read = _read(submission.path, work)
            files = tuple(sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()))
            target = output / student / assignment
            if (output / student).is_symlink():
                raise RefusedError(f"{output / student} is a link, and nothing is written through links.")
            there = os.path.lexists(target) and not (target.is_dir() and not os.listdir(target))
            if there and not _same(work, target, files):
                raise RefusedError(f"{target} already holds other work, which is kept; move it away to collect this.")
            if not there:
                target.parent.mkdir(exist_ok=True)
                work.rename(target)
    except RefusedError as error:
        return Collected(submission, refused=str(error))
    return Collected(submission, target, files, there, read.ignored, read.near)


def _read(path: Path, work: Path) -> Handed:
    """Writes the allowed files of a submission to a folder. Raises RefusedError if the submission cannot be read."""

    def keep(name: str, file: IO[bytes]) -> None:
        copy = work / name
        copy.parent.mkdir(exist_ok=True)
        with copy.open("xb") as target:
            try:
                shutil.copyfileobj(file, target)
            except BaseException:
                copy.unlink()
                raise

    read = discovery.read(path, keep)
    read.write(work)
    return read


@contextlib.contextmanager
def _work(output: Path) -> Iterator[Path]:
    """A new folder in the output, deleted at the end unless it was moved to its place."""
    with tempfile.TemporaryDirectory(prefix=".collecting-", dir=output, ignore_cleanup_errors=True) as folder:
        (work := Path(folder, "work")).mkdir()  # with the usual permissions
        yield work


def _same(work: Path, target: Path, files: tuple[str, ...]) -> bool:
    """Whether a student's folder already has all that was handed in, and no other stages."""
    stages = {f"stages/{path.name}" for path in (target / "stages").glob("*.py")}
    same, _, _ = filecmp.cmpfiles(work, target, files, shallow=False)
    return len(same) == len(files) and stages <= set(files)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
