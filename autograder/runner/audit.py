"""What a student's stages do at home that they may not do at grading: noted while the visible tests run.

`install` puts an audit hook into a child of the runner, which reports the same things as the alarm of the hidden
grading (`worker/audit.py`), as long as a line of the submission causes them, directly or through a library. It refuses
nothing. `hide` refuses one thing: importing what is here only because the tests are.
"""

from __future__ import annotations

import builtins
import linecache
import os
import platform
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.audit_events import ANYWAY, CTYPES, EVENTS, FRAMES, READS, WRITES

# These count only if the submission itself makes the call.
CALLED = {
    **dict.fromkeys(CTYPES, "called a C library through ctypes"),
    **dict.fromkeys(FRAMES, "looked at the frames of its callers"),
}
# Imports read modules and tracebacks read lines; what `platform` asks a program, the grader answers by itself.
_QUIET = (linecache.__file__, platform.__file__)
_WATCHED = {*EVENTS, *CALLED, *WRITES, *READS, "open"}


def install(submission: Path, note: Callable[[str, str, str], None]) -> None:
    """Installs the hook, which cannot be removed: for a process that runs a single submission.

    Args:
        submission: the folder that holds `stages/`.
        note: is called with what was done, the path concerned, and where, such as `stages/simclr.py, line 12`.
    """
    sys.addaudithook(_Hook(submission, note).notice)


def hide(names: Iterable[str], submission: Path) -> None:
    """Makes modules that only the tests need impossible for the submission to import, as they are at grading.

    Args:
        names: top-level names, such as `data_stubs`.
        submission: the folder that holds `stages/`.
    """
    hidden, inside, original = frozenset(names), str(submission) + os.sep, builtins.__import__

    def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        top = name.partition(".")[0]
        if level == 0 and top in hidden:
            importer = sys._getframe(1).f_code.co_filename
            if importer.startswith(inside):
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
        return original(name, globals, locals, fromlist, level)

    builtins.__import__ = import_


class _Hook:
    """Decides which audit events are worth noting."""

    def __init__(self, submission: Path, note: Callable[[str, str, str], None]):
        paths = sysconfig.get_paths()
        self._note, self._submission = note, submission
        self._inside, self._scratch = str(submission) + os.sep, os.path.realpath(tempfile.gettempdir()) + os.sep
        self._library = tuple({paths["purelib"] + os.sep, paths["platlib"] + os.sep})
        self._python = tuple({paths["stdlib"] + os.sep, paths["platstdlib"] + os.sep, "<frozen "})
        prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
        folders = {os.path.realpath(folder) for folder in (*prefixes, *sys.path) if folder and len(folder) > 4}
        self._readable = (
            *(self._inside, self._scratch, *(folder + os.sep for folder in folders)),
            *("/usr/", "/lib", "/System/", "/Library/", "/dev/null", "/dev/urandom", "/dev/zero"),
        )
        self._busy: set[int] = set()
        self._said: set[tuple[str, str]] = set()

    def notice(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook."""
        if event not in _WATCHED or (thread := threading.get_ident()) in self._busy:
            return
        self._busy.add(thread)
        try:
            what, path = self._judge(event, args)
            where, through = self._culprit(event in CALLED, what in ANYWAY) if what else ("", "")
            if "multiprocessing" in through:
                what, path = "started a process", ""  # it also uses sockets, signals and files
            if where and (what, where) not in self._said:
                self._said.add((what, where))
                self._note(what, path, where)
        finally:
            self._busy.discard(thread)

    def _judge(self, event: str, args: tuple[Any, ...]) -> tuple[str, str]:
        """Returns what the event says was done, or "" where it is harmless, and a path."""
        what = EVENTS.get(event) or CALLED.get(event, "")
        if what:
            return what, ""
        if event == "open":
            path, mode, flags = args
            changes = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
            return self._outside(path, changes or bool(set(str(mode or "")) & set("wax+")))
        if event in READS:
            return self._outside(args[0], False)
        if event == "os.mkdir" and os.path.isdir(args[0]):
            return "", ""  # `exist_ok`
        for path in args[: WRITES[event]]:
            if self._outside(path, True)[0]:
                return self._outside(path, True)
        return "", ""

    def _outside(self, path: Any, writes: bool) -> tuple[str, str]:
        allowed = self._scratch if writes else self._readable
        try:
            given = os.path.abspath(os.fsdecode(path))
            if (given + os.sep).startswith(allowed):
                return "", ""  # the usual case, decided quickly
            real = os.path.realpath(given)
        except (TypeError, ValueError, OSError):  # a descriptor, or nothing that could be opened
            return "", ""
        if (real + os.sep).startswith(allowed) or real in (os.devnull, "nul"):
            return "", ""
        if not writes and not os.path.exists(real):
            return "", ""  # it does not exist at home either
        return ("wrote to a file outside its folder" if writes else "read a file outside its folder"), real

    def _culprit(self, itself: bool, anyway: bool) -> tuple[str, str]:
        """The line of the submission that caused it, and the files in between; empty if none did.

        Args:
            itself: only if it made the call itself or through `inspect`; otherwise also through the standard library.
            anyway: also through any other library.
        """
        frame: FrameType | None = sys._getframe(2)
        between: list[str] = []
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self._inside):
                line = f"{Path(name).relative_to(self._submission).as_posix()}, line {frame.f_lineno}"
                return line, " ".join(between)
            if name.startswith("<frozen importlib") or name in _QUIET:
                return "", ""
            python = name.startswith(self._python) and not name.startswith(self._library)
            if not (not between and python and name.endswith("inspect.py") if itself else python or anyway):
                return "", ""
            between.append(name)
            frame = frame.f_back
        return "", ""
