"""The files that the interpreter needs: the only ones outside its own two folders that a worker may read.

The standard library, the installed packages except this project, the mapped shared libraries, fonts, time zones and the
features of the processor. Never a folder that holds this project's code or is in its checkout (of a virtual
environment there, only the packages).
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import autograder

_SITES = ("site-packages", "dist-packages")
_OURS = ("autograder", "data_stubs", "__editable__", "nbgrader", "tests")
_EXTRAS = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/proc/cpuinfo",  # torch chooses its kernels by it: without, it computes more slowly and slightly differently
    "/sys/devices/system/cpu",
)
_SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/opt", "/nix/store")


@dataclass(frozen=True)
class Interpreter:
    """Where the interpreter's files are.

    Attributes:
        entries: what may be read, including everything below it.
        folders: those on Python's path, which may be listed, so that Python finds what it imports from them even after
            `importlib.invalidate_caches()`.
        trees: the same as whole folders, for a new root, in which `hidden` is covered again.
        hidden: what is in `trees` but may not be read.
    """

    entries: tuple[str, ...]
    folders: tuple[str, ...]
    trees: tuple[str, ...]
    hidden: tuple[str, ...]


def find() -> Interpreter:
    """Finds the files of this process's interpreter; call it after torch has been imported."""
    standard, sites = _folders()
    entries: list[str] = []
    hidden: list[str] = []
    for folder in (*standard, *sites):
        for path, allowed in _split(folder):
            (entries if allowed else hidden).append(path)
    libraries = [path for path in _mapped() if not _below(path, (*standard, *sites))]
    folders, files = set(), set()
    for path in libraries:
        folder = os.path.dirname(path)
        if _below(folder, _SYSTEM) and not _holds(folder, (*sites, *_secret())):
            folders.add(folder)
        else:
            files.add(path)
            files.update(_beside(folder) if _below(folder, (*_SYSTEM, _prefix())) else ())
    found = [*sorted(folders), *(path for path in _EXTRAS if os.path.exists(path))]
    return Interpreter(
        entries=(*entries, *found, *sorted(files)),
        folders=(*standard, *sites),
        trees=(*_outermost((*standard, *sites, *found)), *sorted(files)),
        hidden=tuple(path for path in hidden if path not in sites and os.path.exists(path)),
    )


def _folders() -> tuple[list[str], list[str]]:
    """Returns the folders of the standard library and those of installed packages, as on the path."""
    standard, sites = [], []
    library = [os.path.realpath(sysconfig.get_path("stdlib"))]
    for path in sys.path:
        if not path or not os.path.isdir(path):
            continue
        real = os.path.realpath(path)
        if os.path.basename(real) in _SITES:
            sites.append(real)
        elif _below(real, library):
            standard.append(real)
    return _outermost([*library, *standard]), list(dict.fromkeys(sites))


def _split(folder: str) -> Iterator[tuple[str, bool]]:
    """Yields the entries of a folder, and whether a worker may read them."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        ours = entry.name.startswith(_OURS) or entry.name.endswith((".pth", ".egg-link"))
        if os.path.basename(folder) not in _SITES:
            ours = entry.name in _SITES
        yield entry.path, not ours and not _is_secret(os.path.realpath(entry.path))


def _is_secret(path: str) -> bool:
    if _holds(path, _secret()):
        return True
    if _below(_prefix(), _secret()) and _below(path, (_prefix(),)):
        return False  # the virtual environment in the checkout
    return _below(path, _secret())


def _secret() -> tuple[str, ...]:
    """Returns the folders of this project: the package, and the checkout that it is in."""
    package = os.path.dirname(os.path.realpath(autograder.__file__))
    checkout = os.path.dirname(package)
    return (package,) if os.path.basename(checkout) in _SITES else (package, checkout)


def _prefix() -> str:
    return os.path.realpath(sys.prefix)


def _mapped() -> list[str]:
    """Returns the shared libraries that this process has loaded."""
    found = set()
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                path = line.rstrip("\n").split(None, 5)[5:]
                if path and path[0].startswith("/") and ".so" in os.path.basename(path[0]):
                    found.add(path[0])
    except OSError:
        return []
    return sorted(path for path in found if os.path.isfile(path))


def _beside(folder: str) -> Iterator[str]:
    """Yields the shared libraries of a folder that cannot be allowed as a whole: they may be loaded later."""
    for entry in os.scandir(folder):
        if ".so" in entry.name and entry.is_file():
            yield entry.path


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _holds(folder: str, paths: Iterable[str]) -> bool:
    return any(_below(path, (folder,)) for path in paths)


def _outermost(folders: Iterable[str]) -> list[str]:
    unique = sorted(set(folders), key=lambda path: path.count("/"))
    return [path for at, path in enumerate(unique) if not _below(path, unique[:at])]
