"""The allow-list of what belongs to a submission: `stages/*.py`, the notebooks, `team.yml`, `weights/*.safetensors`.

Folders (`folder.py`) and archives (`archive.py`) go by the same list and the same limits, and both are read into the
same `Handed`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
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
MAX_NAME = 200  # characters of a file name
MAX_RENAMED = 10  # notebooks with other names
MAX_DEPTH = 3  # folders around a submission, such as that of an archive, of the handout, and assignment/
MAX_FOLDERS = 500  # that are searched for it
SHOWN = 20  # ignored names that are listed

Keep = Callable[[str, IO[bytes]], None]  # takes an allowed file that is not graded: its name and content

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names of devices on Windows
_STAGE = re.compile(r"stages/[A-Za-z_][A-Za-z0-9_]*\.py", re.ASCII)
_NOTEBOOK = re.compile(r"[^\W_][\w .,()\[\]&+-]*\.ipynb")
_WEIGHTS = re.compile(r"weights/[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors", re.ASCII)


class RefusedError(UserError):
    """A submission that is not graded; the text is the reason, for the instructor."""


@dataclass(frozen=True)
class Handed:
    """What was read of a submission.

    Attributes:
        stages: the graded files: `<module>.py` -> content, sorted.
        ignored: what else lies there, as names to show.
        near: a sentence for each module that is missing although a file with a similar name is there.
    """

    stages: dict[str, bytes]
    ignored: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it holds none of the files with stages."""
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


def is_allowed(name: str) -> bool:
    """Whether a file with this name, with slashes, belongs to a submission."""
    return bool(name in NOTEBOOKS or name == "team.yml" or is_stage(name) or _WEIGHTS.fullmatch(name))


def is_stage(name: str) -> bool:
    """Whether a file with this name, with slashes, is graded."""
    return _STAGE.fullmatch(name) is not None


def renamed(names: Iterable[str]) -> list[str]:
    """Returns the notebooks with other names that may hold written answers: none if no notebook is missing."""
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
    """Returns how many bytes a file with this allowed name may have."""
    if name.startswith("stages/") or name == "team.yml":
        return MAX_STAGE
    return MAX_WEIGHTS if name.startswith("weights/") else MAX_NOTEBOOK


def check_names(names: Iterable[str]) -> None:
    """Raises RefusedError if allowed names are too many, too long, reserved, or differ only in case."""
    seen: dict[str, str] = {}
    names = list(names)
    for name in names:
        base = name.rpartition("/")[2]
        if len(base) > MAX_NAME:
            raise RefusedError(f"A file's name has {len(base)} characters; at most {MAX_NAME} are allowed.")
        if RESERVED.fullmatch(base):
            raise RefusedError(f"{name} has a name that is reserved for a device on some systems; rename it.")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise RefusedError(
                f"{other} and {name} differ only in case, so that one of them hides the other; keep one."
            )
    if len(stages := [name for name in names if name.startswith("stages/")]) > MAX_STAGES:
        raise RefusedError(f"There are {len(stages)} files in stages/; at most {MAX_STAGES} are read.")


def check_size(name: str, size: int) -> None:
    """Raises RefusedError for a file that is larger than its kind may be."""
    limit = size_limit(name)
    if size > limit:
        raise RefusedError(f"{name} is {size / 1024**2:.1f} MB large; at most {limit // 1024**2} MB are allowed.")


def too_large(name: str, size: int) -> list[str]:
    """Returns what to say about a file, not a graded one, that is not read because it is too large for its kind."""
    limit = size_limit(name)
    return [f"{name} ({size / 1024**2:.1f} MB; at most {limit // 1024**2} MB are read)"] if size > limit else []


def shown(ignored: Iterable[str]) -> tuple[str, ...]:
    """Returns names of ignored files to show: made harmless, a few of them, each once."""
    names = list(dict.fromkeys(plain_line(name, MAX_NAME) or "(a name without visible characters)" for name in ignored))
    more = [f"and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return (*sorted(names)[:SHOWN], *more)


def may_hold(folder: str) -> bool:
    """Whether a submission may be in a folder with this name: not in one that systems and tools add."""
    return not folder.startswith(".") and folder not in ("__MACOSX", "__pycache__", "node_modules", "weights")
