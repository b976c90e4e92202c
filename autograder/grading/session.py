"""What one run of `autograder grade` holds while it lasts: its folder, a place for temporary files, and the seed.

The folder is that of the finished results. A run that is killed leaves there what the same command needs to resume.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import filelock

from autograder import files
from autograder.errors import UserError
from autograder.grading.results_store import Store
from autograder.runner import run as runner

REGRADING = "regrading"  # exists until `--regrade` is finished


def begin(kept: Store, seed: int | None, regrade: bool, again: Collection[str] | None) -> tuple[int, int]:
    """Returns the seed, and since when results count. A resumed run has those of the run that it resumes."""
    marker = kept.folder / REGRADING
    fresh = regrade and not marker.exists()
    if seed is None and (not fresh or again is not None):  # single stages get the same seed as the others
        seed = kept.seed()
    if seed is None:
        seed = secrets.randbelow(2**31)
    kept.choose(seed)
    if fresh:
        files.write(marker, [""])
    return seed, marker.stat().st_mtime_ns if regrade else 0


def end(kept: Store) -> None:
    """Records that everything is graded: the next `--regrade` starts afresh."""
    (kept.folder / REGRADING).unlink(missing_ok=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder, so that no second run writes to it. The system releases it if this process dies."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds the seed
        lock = filelock.FileLock(folder / "lock", blocking=False).acquire()
    except filelock.Timeout as error:
        raise UserError(f"Another `autograder grade` is writing to {folder.parent}; wait for it.") from error
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}. Name another output.") from error
    with lock:
        Store(folder).sweep()
        yield


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[None]:
    """A private place for all temporary files of this run; what an earlier, killed run left is deleted."""
    note = folder / "scratch"
    with contextlib.suppress(OSError, ValueError):
        left = Path(note.read_text(encoding="utf-8"))
        if left.parent == Path(tempfile.gettempdir()) and left.name.startswith("autograder-grade-"):
            shutil.rmtree(left, ignore_errors=True)
    before, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    try:
        mine = Path(tempfile.mkdtemp(prefix="autograder-grade-"))
        mine.chmod(
            0o711
        )  # a worker started by root has another user's rights, and reaches its own folder below by name
    except OSError as error:
        raise UserError(
            f"There is no room for temporary files: {error.strerror}. Free some space and try again."
        ) from error
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        files.write(note, [str(mine)])
        tempfile.tempdir = os.environ["TMPDIR"] = str(mine)  # here, and in the processes that are started
        with contextlib.suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGTERM, _interrupt)
        yield
    finally:
        runner.pool().close()
        tempfile.tempdir = before
        os.environ.pop("TMPDIR", None)
        os.environ.update({} if variable is None else {"TMPDIR": variable})
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTERM, terminated)
        shutil.rmtree(mine, ignore_errors=True)
        note.unlink(missing_ok=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def leave(folder: Path) -> None:
    """Exits at once; the submissions being graded would take more seconds. What is finished is on the disk."""
    print("\nautograder grade: interrupted; the same command goes on from here", file=sys.stderr, flush=True)
    with contextlib.suppress(OSError):
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
        (folder / "scratch").unlink()
    os._exit(130)  # the warm processes end when their sockets do
