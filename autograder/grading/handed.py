"""The allow-list of what belongs to a submission, and the reading of a folder by it.

Only names on the list are opened: `stages/*.py`, the notebooks, `team.yml`, `weights/*.safetensors`. Whatever else lies
there is never looked into and reported as ignored; where a notebook is missing, those of other names are kept, though.
A link, a pipe or a device in the place of a file refuses the whole submission, with one sentence for the instructor.
Archives go by the same list, see `archives.py`; whether anything is left to grade, `intake.py` asks.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from autograder import rubric
from autograder.errors import UserError
from autograder.text import plain_line

NOTEBOOKS = (f"{rubric.PROTONET}.ipynb", f"{rubric.SIMCLR}.ipynb")
MAX_STAGE = 1024 * 1024  # bytes
MAX_STAGES = 100
MAX_NOTEBOOK = 32 * 1024 * 1024
MAX_WEIGHTS = 512 * 1024 * 1024
MAX_ENTRIES = 10_000  # of one folder or archive
MAX_NAME = 200  # characters of a file's name
MAX_RENAMED = 10  # notebooks of other names
MAX_DEPTH = 3  # folders around a submission, such as that of an archive, of the handout, and assignment/
MAX_FOLDERS = 500  # that are looked into for it
MAX_WALKED = 500  # names that are looked at to say what lies there
SHOWN = 20  # ignored names that are listed

Keep = Callable[[str, IO[bytes]], None]  # takes an allowed file that is not graded: its name and content

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that mean devices on Windows
_STAGE = re.compile(r"stages/[A-Za-z_][A-Za-z0-9_]*\.py", re.ASCII)
_NOTEBOOK = re.compile(r"[^\W_][\w .,()\[\]&+-]*\.ipynb")
_WEIGHTS = re.compile(r"weights/[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors", re.ASCII)


class Refused(UserError):
    """A submission that is not graded; the text is the reason, for the instructor."""


@dataclass(frozen=True)
class Handed:
    """What was read of a submission.

    Attributes:
        stages: the graded files: `<module>.py` -> content, sorted.
        ignored: what else lies there, as names to show.
        near: a sentence for each module that is missing while a file with nearly its name is there.
    """

    stages: dict[str, bytes]
    ignored: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it holds no file that any stage is in."""
        return not any(f"{module}.py" in self.stages for module in rubric.MODULES)

    @property
    def complete(self) -> bool:
        """Whether it holds all of them."""
        return all(f"{module}.py" in self.stages for module in rubric.MODULES)

    def write(self, target: Path) -> Path:
        """Writes the graded files, and nothing else, to `target/stages`. Returns `target`."""
        (target / "stages").mkdir(parents=True)
        for name, content in self.stages.items():
            (target / "stages" / name).write_bytes(content)
        return target


def read_folder(path: Path, keep: Keep | None = None) -> Handed:
    """Reads the graded files of a folder, or of the one folder below it that has `stages/`.

    Args:
        path: the folder.
        keep: is handed the other allowed files, notebooks for instance; without it nobody reads them.
    """
    path, ignored = _top(path)
    for name in ("stages", "weights"):
        if (path / name).is_symlink():
            raise Refused(f"{name} is a link; hand in the folder itself.")
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
    """Returns the names of the files below a folder, those nearest to the top first, to say what lies there."""
    names: list[str] = []
    level = [""]
    while level and len(names) < MAX_WALKED:
        deeper = []
        for folder in level[:MAX_FOLDERS]:
            with contextlib.suppress(Refused):  # a folder that cannot be read, or is too full to matter here
                entries = list(_entries(path / folder))
                names += [f"{folder}{name}" for name, is_folder in entries if not is_folder and name[0] != "."]
                deeper += [f"{folder}{name}/" for name, is_folder in entries if is_folder and may_hold(name)]
        level = deeper
    return names[:MAX_WALKED]


# The allow-list, for folders and archives alike --------------------------------------------------------------------


def is_allowed(name: str) -> bool:
    """Whether a file of this name, with slashes, belongs to a submission."""
    return bool(name in NOTEBOOKS or name == "team.yml" or is_stage(name) or _WEIGHTS.fullmatch(name))


def is_stage(name: str) -> bool:
    """Whether a file of this name, with slashes, is graded."""
    return _STAGE.fullmatch(name) is not None


def renamed(names: Iterable[str]) -> list[str]:
    """Returns the notebooks of other names that may hold written answers: none if no notebook is missing."""
    names = set(names)
    seen = {name.casefold() for name in names if is_allowed(name)}
    found: list[str] = []
    for name in sorted(names) if not names.issuperset(NOTEBOOKS) else ():
        usual = len(name) <= MAX_NAME and _NOTEBOOK.fullmatch(name) and not RESERVED.fullmatch(name)
        folded = unicodedata.normalize("NFC", name).casefold()
        if usual and folded not in seen:
            seen.add(folded)
            found.append(name)
    return found[:MAX_RENAMED]


def size_limit(name: str) -> int:
    """Returns how many bytes the file of this allowed name may have."""
    if name.startswith("stages/") or name == "team.yml":
        return MAX_STAGE
    return MAX_WEIGHTS if name.startswith("weights/") else MAX_NOTEBOOK


def check_names(names: Iterable[str]) -> None:
    """Raises Refused for allowed names that are too many, too long, reserved, or differ in case only."""
    seen: dict[str, str] = {}
    names = list(names)
    for name in names:
        base = name.rpartition("/")[2]
        if len(base) > MAX_NAME:
            raise Refused(f"A file's name has {len(base)} characters; at most {MAX_NAME} are allowed.")
        if RESERVED.fullmatch(base):
            raise Refused(f"{name} has a name that is reserved for a device on some systems; rename it.")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise Refused(f"{other} and {name} differ in case only, so that one of them hides the other; keep one.")
    if len(stages := [name for name in names if name.startswith("stages/")]) > MAX_STAGES:
        raise Refused(f"There are {len(stages)} files in stages/; at most {MAX_STAGES} are read.")


def check_size(name: str, size: int) -> None:
    """Raises Refused for a file that is larger than its kind may be."""
    limit = size_limit(name)
    if size > limit:
        raise Refused(f"{name} has {size / 1024**2:.1f} MB; at most {limit // 1024**2} MB are allowed.")


def too_large(name: str, size: int) -> list[str]:
    """Returns what to say of a file that is not graded and that nobody will read: it is larger than its kind may be."""
    limit = size_limit(name)
    return [f"{name} ({size / 1024**2:.1f} MB; at most {limit // 1024**2} MB are read)"] if size > limit else []


def shown(ignored: Iterable[str]) -> tuple[str, ...]:
    """Returns names of ignored files to show: harmless, few, each once."""
    names = list(dict.fromkeys(plain_line(name, MAX_NAME) or "(a name without visible characters)" for name in ignored))
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return (*sorted(names)[:SHOWN], *more)


def may_hold(folder: str) -> bool:
    """Whether a submission may lie in a folder of this name: not in what systems and tools put beside it."""
    return not folder.startswith(".") and folder not in ("__MACOSX", "__pycache__", "node_modules", "weights")


# Details ------------------------------------------------------------------------------------------------------------


def _top(path: Path) -> tuple[Path, list[str]]:
    """The folder that holds stages/: this one, or the only one below, at most MAX_DEPTH deep; and what lies beside."""
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
            raise Refused(f"There are {len(found)} folders with stages/ in it; hand in one.")
        if found:
            first = found[0].relative_to(path).parts[0]
            beside = [f"{name}/" if deeper else name for name, deeper in _entries(path) if name != first]
            return found[0], beside
    return path, []


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """The names in a folder, sorted, and whether each is a folder and no link to one."""
    place = f"{plain_line(folder.name, MAX_NAME)}/"
    names = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append((entry.name, entry.is_dir(follow_symlinks=False)))
                if len(names) > MAX_ENTRIES:
                    raise Refused(f"{place} holds more than {MAX_ENTRIES} files.")
    except OSError as error:
        raise Refused(f"{place} could not be read: {error.strerror}.") from error
    yield from sorted(names)


def _kept(path: Path, names: list[str], keep: Keep) -> list[str]:
    """Hands on files that nobody asked for. Returns the names of those that cannot be read."""
    ignored = []
    for name in names:
        try:
            with open(open_plain(path / name, name, size_limit(name)), "rb") as file:
                keep(name, file)
        except Refused:
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
        Refused: it is no plain file, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise Refused(f"{name} is a link; hand in the file itself.")
    try:
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(f"{name} is a link; hand in the file itself.") from error
        raise Refused(f"{name} could not be read: {error.strerror}.") from error
    status = os.fstat(descriptor)
    try:
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{name} is a pipe or a device, no file.")
        if status.st_nlink > 1:
            raise Refused(f"{name} is a hard link: the same file has another name elsewhere; hand in a copy.")
        if status.st_size > limit:
            check_size(name, status.st_size)
    except Refused:
        os.close(descriptor)
        raise
    return descriptor
