"""What to say about a submission that lacks a file to grade: what is there, and which name is nearly right.

Nothing is guessed: a file with another name is not graded, but shown to the instructor, who can ask the student.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

from autograder import rubric
from autograder.submissions.allowlist import MAX_DEPTH
from autograder.text import plain_line

EXAMPLE = f"stages/{rubric.MODULES[0]}.py"
SHOWN = 5  # names in one sentence
MAX_NAME = 100  # characters of each
_CODE = re.compile(r"\.py[\w.]*$|\.txt$", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(zip|7z|rar|tar|tgz|gz|bz2|xz)$", re.IGNORECASE)


def is_archive(name: str) -> bool:
    """Whether a file with this name is an archive, of a kind that can be read here or not."""
    return _ARCHIVE.search(name) is not None


def nothing(names: Collection[str], place: str) -> str:
    """Returns why nothing is graded: what is there, and what is nearly right.

    Args:
        names: of the files that are there, with slashes, those nearest to the top first.
        place: `folder` or `archive`.
    """
    if not names:
        return f"There is nothing to grade: the {place} is empty."
    said = [f"There is nothing to grade: the {place} has no file such as {EXAMPLE}, but holds {_listed(names)}."]
    near = {name: module for name in names if (module := _module(name))}
    exact = [name for name, module in near.items() if name.rpartition("/")[2] == f"{module}.py"]
    for folder in list(dict.fromkeys(name.rpartition("/")[0] for name in exact))[:SHOWN]:
        said.append(_folder(folder))
    if others := [f"{_shown(name)} (expected: {near[name]}.py)" for name in near if name not in exact]:
        said.append(f"Nearly right: {', '.join(others[:SHOWN])}{_more(others)}.")
    if packed := [name for name in names if is_archive(name)]:
        said.append(f"Archives that are not opened: {', '.join(map(_shown, packed[:SHOWN]))}{_more(packed)}.")
    return " ".join(said)


def missing(stages: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Returns a sentence for each module that is missing although a file with a similar name is there.

    Args:
        stages: the graded files, `<module>.py`.
        names: of all files, with slashes.
    """
    absent = {module for module in rubric.MODULES if f"{module}.py" not in stages}
    near: dict[str, list[str]] = {}
    for name in names if absent else ():
        if (module := _module(name)) in absent:
            near.setdefault(str(module), []).append(name)
    return tuple(
        f"stages/{module}.py is missing, and {', '.join(map(_shown, found[:SHOWN]))} was not read in its place"
        for module, found in near.items()
    )


def _module(name: str) -> str | None:
    """The module whose name a file nearly has: other case, the number of a copy, a wrong letter, another folder."""
    base = name.rpartition("/")[2]
    stem = re.sub(r"[^a-z]", "", _CODE.sub("", base).lower())
    if not _CODE.search(base) or base.startswith(".") or "__MACOSX" in name:
        return None
    letters = {module.replace("_", ""): module for module in rubric.MODULES}
    for plain, module in letters.items():
        if stem.startswith(plain):
            return module
    found = difflib.get_close_matches(stem, letters, 1, 0.8)
    return letters[found[0]] if found else None


def _folder(folder: str) -> str:
    """What is wrong with a folder that has files with the right names, which are not read."""
    if not folder:
        return "The stages are not in a folder; they belong in stages/."
    if folder.rpartition("/")[2] == "stages" and folder.count("/") > MAX_DEPTH:
        return f"{_shown(folder)}/ is too deep; at most {MAX_DEPTH} folders around stages/ are searched."
    if folder.rpartition("/")[2] == "stages":
        return f"{_shown(folder)}/ is ignored, since another stages/ is nearer to the top."
    return f"{_shown(folder)}/ should be called stages/."


def _listed(names: Collection[str]) -> str:
    return f"{', '.join(_shown(name) for name in list(names)[:SHOWN])}{_more(names)}"


def _more(names: Collection[str]) -> str:
    return f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""


def _shown(name: str) -> str:
    return plain_line(name, MAX_NAME) or "(a name without visible characters)"
