"""The scratch folder seen from outside: how full it is, and how to remove it, whatever a worker put in it.

A worker can nest folders deeper than a path can name or Python can recurse, and make folders that their owner cannot
list; neither may hide anything from the monitor or survive.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
from pathlib import Path

MOST = 4096


def measure(folder: Path) -> tuple[int, int]:
    """Returns the bytes in a folder and how many files and folders there are.

    It counts at most `MOST` of these (and then not all of their bytes), and returns `MOST` if some lie deeper than a
    path can name.
    """
    size = files = 0
    waiting = [str(folder)]
    while waiting and files < MOST:
        try:
            path = waiting.pop()
            info = os.lstat(path)
            size += max(info.st_size, getattr(info, "st_blocks", 0) * 512)
            if stat.S_ISDIR(info.st_mode):
                found = [os.path.join(path, name) for name in _names(path, MOST - files)]
                files += len(found)
                waiting += found
        except OSError as error:  # usually because it has just gone
            if error.errno == errno.ENAMETOOLONG:
                files = MOST
    return size, files


def remove(folder: Path) -> None:
    """Removes a folder with all that is in it; call it when the worker is gone. Raises OSError."""
    top, numbers = str(folder), itertools.count()
    while names := _names(top):
        for path in (os.path.join(top, name) for name in names):
            for below in _unlink_files(path):
                os.rename(below, _free(top, numbers))  # moved up, so that nothing is ever deep
    os.rmdir(top)


def _unlink_files(path: str) -> list[str]:
    """Removes a file, or the files in a folder and the folder when it is empty. Returns the folders in it."""
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        os.unlink(path)
        return []
    folders = []
    for below in (os.path.join(path, name) for name in _names(path)):
        if stat.S_ISDIR(os.lstat(below).st_mode):
            _own(below)  # only somebody who may write to a folder can move it
            folders.append(below)
        else:
            os.unlink(below)
    if not folders:
        os.rmdir(path)
    return folders


def _names(folder: str, most: int = MOST) -> list[str]:
    """Lists a folder, or part of it, after restoring the rights that a worker may have taken from its owner."""
    _own(folder)
    with os.scandir(folder) as entries:
        return [entry.name for entry in itertools.islice(entries, most)]


def _own(folder: str) -> None:
    with contextlib.suppress(OSError):
        if os.lstat(folder).st_mode & 0o700 != 0o700:
            os.chmod(folder, 0o700)


def _free(folder: str, numbers: itertools.count[int]) -> str:
    """Returns an unused path in a folder."""
    while os.path.lexists(path := os.path.join(folder, f"{next(numbers)}-removed")):
        pass
    return path
