"""The handout: the one archive that students get, made of an explicit list of files.

Whatever is not on the list stays here, so a new file of the instructor's side needs no thought. The archive is
deterministic: sorted names, fixed times and modes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.errors import UserError

NAME = "metric-learning-homework"  # the folder that the archive unpacks to
FOLDER = "out/handout"
_VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)

# What works without the instructor's side, below autograder/.
STUDENT_SIDE = (
    "__init__.py",
    "__main__.py",
    "advice.py",
    "audit_events.py",
    "errors.py",
    "rubric.py",
    "runner/**/*.py",
    "runner/pytest.ini",
    "student/**/*.py",
    "student/known_mistakes.json",
    "submissions/__init__.py",  # which files are graded is not a secret: `check` reads a folder as the grader does
    "submissions/allowlist.py",
    "submissions/folder.py",
    "text.py",
)

# `*` stands for anything but a slash, `**/` for any folders; a name without a star has to exist.
ALLOWED = (
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "assignment/*.ipynb",
    "assignment/*.md",
    "assignment/experiments/**/*.css",
    "assignment/experiments/**/*.html",
    "assignment/experiments/**/*.js",
    "assignment/experiments/**/*.md",
    "assignment/experiments/**/*.py",
    "assignment/pictures/*.png",
    "assignment/pictures/*.svg",
    "assignment/stages/*.py",
    *(f"autograder/{name}" for name in STUDENT_SIDE),
    "data_stubs/**/*.md",
    "data_stubs/**/*.py",
    "tests/conftest.py",
    "tests/expect.py",
    "tests/toys.py",
    "tests/test_*.py",
)
WHOLE = ("assignment", "data_stubs")  # every file in these folders is meant for students
_IGNORED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store", ".pytest_cache", ".ruff_cache", ".mypy_cache", "runs"}
_TIME = (2000, 1, 1, 0, 0, 0)


def _pattern(allowed: str) -> re.Pattern[str]:
    text = re.escape(allowed).replace(r"\*\*/", "(?:[^/]+/)*").replace(r"\*", "[^/]*")
    return re.compile(text)


_PATTERNS = tuple(_pattern(allowed) for allowed in ALLOWED)


def is_allowed(name: str) -> bool:
    """Whether a file, as a path from the checkout with slashes, is on the list."""
    hidden = any(part.startswith(".") or part in _IGNORED for part in name.split("/"))
    return not hidden and any(pattern.fullmatch(name) for pattern in _PATTERNS)


def collect(root: Path) -> dict[str, bytes]:
    """Reads the files of the handout.

    Args:
        root: the checkout.

    Returns:
        {path from `root`: content}, sorted.

    Raises:
        UserError: a file that the list names does not exist.
    """
    missing = [name for name in ALLOWED if "*" not in name and not (root / name).is_file()]
    if missing:
        raise UserError(f"The handout needs {', '.join(missing)} (autograder/release/handout.py), not found here.")
    folders = sorted({allowed.split("/")[0] for allowed in ALLOWED if "/" in allowed})
    paths = [path for folder in folders for path in (root / folder).rglob("*")] + list(root.glob("*"))
    names = (path.relative_to(root).as_posix() for path in paths if path.is_file() and not path.is_symlink())
    return {name: (root / name).read_bytes() for name in sorted(names) if is_allowed(name)}


def unlisted(names: Iterable[str]) -> list[str]:
    """Returns a sentence for each of these files (paths from the checkout) that is not on the list."""
    return [
        f"{name} is in the handout, but not on its list (autograder/release/handout.py)"
        for name in names
        if not is_allowed(name)
    ]


def strays(root: Path) -> list[str]:
    """Returns a sentence for each file in a student's folder that is not on the list and would stay behind."""
    cure = "is not on the handout's list: delete it, or list it in autograder/release/handout.py"
    found = []
    for folder in WHOLE:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not _IGNORED & set(name.split("/")) and not is_allowed(name):
                found.append(f"{name} {cure}")
    return found


def archive(root: Path) -> Path:
    """Where the archive of a checkout goes: its version, that of `pyproject.toml`, is in the name.

    Raises:
        UserError: `pyproject.toml` has no version.
    """
    version = _VERSION.search((root / "pyproject.toml").read_text(encoding="utf-8"))
    if not version:
        raise UserError('pyproject.toml has no line `version = "…"`, from which the handout takes its name.')
    return root / FOLDER / f"{NAME}-{version[1]}.zip"


def pack(files: Mapping[str, bytes]) -> bytes:
    """Makes the archive of these files: the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", date_time=_TIME)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def differences(archive: Path, files: Mapping[str, bytes]) -> list[str]:
    """Compares an archive on disk with the files that should be in it. Returns a sentence for everything that differs.

    Raises:
        UserError: the archive does not exist, or is not a zip file.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            contents = {entry.filename: opened.read(entry) for entry in opened.infolist() if not entry.is_dir()}
    except (OSError, zipfile.BadZipFile) as error:
        raise UserError(f"{archive} cannot be read as a zip archive: {error}") from None
    prefix = f"{NAME}/"
    found = [f"{archive}: {name} is outside the folder {prefix}" for name in contents if not name.startswith(prefix)]
    inside = {name[len(prefix) :]: content for name, content in contents.items() if name.startswith(prefix)}
    found += [f"{archive}: {sentence}" for sentence in unlisted(inside)]
    for name, content in files.items():
        if name not in inside:
            found.append(f"{archive}: {name} is missing: run `make release`")
        elif inside[name] != content:
            found.append(f"{archive}: {name} is outdated: run `make release`")
    gone = [name for name in inside if name not in files and is_allowed(name)]
    return found + [f"{archive}: {name} is no longer in the checkout: run `make release`" for name in gone]
