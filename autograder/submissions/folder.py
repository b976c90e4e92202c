"""A folder filled by a stranger, read by the allow-list.

Only names on the list (`allowlist.py`) are opened. Everything else is never looked into and is reported as ignored,
except that notebooks with other names are kept where one is missing. A link, a pipe or a device in place of a file
refuses the whole submission, with one sentence for the instructor. `discovery.py` checks that something is left to
grade.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.submissions.allowlist import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_FOLDERS,
    MAX_NAME,
    Handed,
    Keep,
    RefusedError,
    check_names,
    check_size,
    is_allowed,
    may_hold,
    renamed,
    shown,
    size_limit,
    too_large,
)
from autograder.text import plain_line

MAX_WALKED = 500  # names that are listed to say what is there


def read_folder(path: Path, keep: Keep | None = None) -> Handed:
    """Reads the graded files of a folder, or of the one folder below it that has `stages/`.

    Args:
        path: the folder.
        keep: receives the other allowed files, such as notebooks; without it they are not read.
    """
    path, ignored = _top(path)
    for name in ("stages", "weights"):
        if (path / name).is_symlink():
            raise RefusedError(f"{name} is a link; hand in the folder itself.")
    names, entries = [], list(_entries(path))
    others = renamed(name for name, is_folder in entries if not is_folder) if keep else []
    for name, is_folder in entries:
        if is_folder and name in ("stages", "weights"):
            inner = [(f"{name}/{below}", deeper) for below, deeper in _entries(path / name)]
        else:
            inner = [(name, is_folder)]
        names += [below for below, deeper in inner if not deeper and is_allowed(below)]
        ignored += [
            f"{below}/" if deeper else below
            for below, deeper in inner
            if deeper or not (is_allowed(below) or below in others or below == "")
        ]
    check_names(names)
    ignored += _kept(path, others, keep) if keep else []
    for name in names:
        if not name.startswith("stages/"):
            with open(open_plain(path / name, name), "rb") as file:
                excess = too_large(name, os.fstat(file.fileno()).st_size)
                ignored += excess
                if keep and not excess:
                    keep(name, file)
    stages = {name.removeprefix("stages/"): _content(path / name, name) for name in names if name.startswith("stages/")}
    return Handed(dict(sorted(stages.items())), shown(ignored))


def walk(path: Path) -> list[str]:
    """Returns the names of the files below a folder, those nearest to the top first, to say what is there."""
    names: list[str] = []
    level = [""]
    while level and len(names) < MAX_WALKED:
        deeper = []
        for folder in level[:MAX_FOLDERS]:
            with contextlib.suppress(RefusedError):  # it cannot be read, or is too full to matter here
                entries = list(_entries(path / folder))
                names += [f"{folder}{name}" for name, is_folder in entries if not is_folder and name[0] != "."]
                deeper += [f"{folder}{name}/" for name, is_folder in entries if is_folder and may_hold(name)]
        level = deeper
    return names[:MAX_WALKED]


# Details ------------------------------------------------------------------------------------------------------------


def _top(path: Path) -> tuple[Path, list[str]]:
    """The folder that holds stages/: this one, or the only one below, at most MAX_DEPTH deep; and what is beside it."""
    level = [(path, list(_entries(path)))]
    if "stages" in dict(level[0][1]):
        return path, []
    for _ in range(MAX_DEPTH):
        below = [folder / name for folder, entries in level for name, deeper in entries if deeper and may_hold(name)]
        if len(below) > MAX_FOLDERS:
            break
        level = [(folder, list(_entries(folder))) for folder in below]
        found = [folder for folder, entries in level if "stages" in dict(entries)]
        if len(found) > 1:
            raise RefusedError(f"There are {len(found)} folders with stages/ in them; hand in one.")
        if found:
            first = found[0].relative_to(path).parts[0]
            beside = [f"{name}/" if deeper else name for name, deeper in _entries(path) if name != first]
            return found[0], beside
    return path, []


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """The names in a folder, sorted, and whether each is a folder (not a link to one)."""
    place = f"{plain_line(folder.name, MAX_NAME)}/"
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append((entry.name, entry.is_dir(follow_symlinks=False)))
                if len(names) > MAX_ENTRIES:
                    raise RefusedError(f"{place} holds more than {MAX_ENTRIES} files.")
    except OSError as error:
        raise RefusedError(f"{place} could not be read: {error.strerror}.") from error
    yield from sorted(names)


def _kept(path: Path, names: list[str], keep: Keep) -> list[str]:
    """Passes on optional files. Returns the names of those that cannot be read."""
    ignored = []
    for name in names:
        try:
            with open(open_plain(path / name, name, size_limit(name)), "rb") as file:
                keep(name, file)
        except RefusedError:
            ignored.append(name)
    return ignored


def _content(path: Path, name: str) -> bytes:
    descriptor = open_plain(path, name, size_limit(name))
    with open(descriptor, "rb") as file:
        content = file.read(size_limit(name) + 1)
    check_size(name, len(content))
    return content


def open_plain(path: Path, name: str, limit: int = sys.maxsize) -> int:
    """Opens a plain file without following a link, and without waiting for whoever holds the other end of a pipe.

    Args:
        path: where it is.
        name: as it is shown.
        limit: bytes that it may have.

    Returns:
        A descriptor.

    Raises:
        RefusedError: it is not a plain file, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise RefusedError(f"{name} is a link; hand in the file itself.")
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedError(f"{name} is a link; hand in the file itself.") from error
        raise RefusedError(f"{name} could not be read: {error.strerror}.") from error
    status = os.fstat(descriptor)
    try:
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(f"{name} is a pipe or a device, not a file.")
        if status.st_nlink > 1:
            raise RefusedError(f"{name} is a hard link: the same file has another name elsewhere; hand in a copy.")
        if status.st_size > limit:
            check_size(name, status.st_size)
    except RefusedError:
        os.close(descriptor)
        raise
    return descriptor
