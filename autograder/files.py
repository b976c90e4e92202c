"""Text files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import UserError

UNFINISHED = ".unfinished"  # the suffix of a file that is still being written


def write(path: Path, pieces: Iterator[str] | Sequence[str]) -> None:
    """Writes a text file in one step: at any time, even after a crash, there is the old file or the whole new one.

    Raises:
        UserError: the disk is full or cannot be written; the old file is left intact.
    """
    fresh = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name[:40]}.", suffix=UNFINISHED, dir=path.parent)
        fresh = Path(name)
        with open(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o666 & ~_MASK)
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if fresh is not None:
            with contextlib.suppress(OSError):
                fresh.unlink()
        full = error.errno in _FULL
        what = "the disk is full" if full else str(error.strerror or error)
        raise UserError(
            f"{path} could not be written: {what}. What was graded so far is kept; "
            f"{'free some space' if full else 'fix that'} and run the same command again."
        ) from error
    except BaseException:
        if fresh is not None:
            fresh.unlink(missing_ok=True)
        raise


def sweep(folder: Path, older: float = 0.0) -> None:
    """Deletes the unfinished files that a killed run left in a folder, if they are older than that many seconds."""
    for path in folder.glob(f"*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            if not older or time.time() - path.stat().st_mtime > older:
                path.unlink()


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_MASK = _mask()  # now, while there is one thread
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
