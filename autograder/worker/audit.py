"""What a worker notices about the code it runs: attempts on what lies outside, and replaced parts of torch and Python.

An audit hook, which Python code cannot remove, writes a line for each kind of attempt to a descriptor of its own, at
the moment it is made and before the sandbox refuses it. After a request some parts of torch, of Python's builtins
and of the grader's own classes are compared with what they were, and all of them at the end of a stage.

This makes no code safe and is not a promise: the sandbox confines a submission, and the kernel reports what it tried
(`sandbox/reports.py`), while everything here shares a process with the submission, which can switch it off. It
gives the reader what the kernel does not know: the submission's line, the name of a file, what was patched. PyTorch and
other libraries patch themselves; that is no one's fault.

Each line is JSON: {"what": the end of a sentence, "path": the one concerned or "", "where": "stages/simclr.py, line
12"}.
"""

from __future__ import annotations

import builtins
import itertools
import json
import operator
import os
import sys
import sysconfig
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import nn

from autograder import audit_events
from autograder.audit_events import ANYWAY, CTYPES, EVENTS, READS, WRITES
from autograder.rpc import codec, messages, test_doubles
from autograder.worker import executor, figures

MAX_LINES = 40
MAX_OF_A_KIND = 3  # harmless notices do not crowd out others
SHOWS = (
    "print",
    "input",
    "breakpoint",
    "__repr__",
    "__str__",
    "__format__",
)  # harmless to replace: it only changes what one sees
A_FEW = 2  # holders to check after a request: checking all of them takes half a millisecond
FILES = ("read a file outside its folder", "wrote to a file outside its folder")
FRAMES = (*audit_events.FRAMES, "object.__getattr__")
FRAME_NAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")


def install(descriptor: int, submission: Path, scratch: Path) -> None:
    """Installs the hook.

    Args:
        descriptor: where the lines go. If it cannot be written to, the process ends.
        submission: the folder that holds `stages/`.
        scratch: the only folder that may be written to.
    """
    sys.addaudithook(_Alarm(descriptor, str(submission), str(scratch)).notice)
    global _report
    _report = lambda what: _write(descriptor, what, "", "")  # noqa: E731


def checker() -> tuple[Callable[[], None], Callable[[], None]]:
    """Returns two functions that notice what was replaced since now: one for after every request, which looks at a few
    holders, the next few each time, and one for the end of a stage, which looks at all of them."""
    report, same, length = _report, operator.is_, len
    before = [(name, vars(holder), *_parts(holder)) for name, holder in _HOLDERS.items()]
    bases = {name: holder.__mro__[1:] for name, holder in _HOLDERS.items() if isinstance(holder, type)}
    library, traces = _of_a_library, sys.gettrace
    noticed: set[str] = set()
    turns = itertools.cycle([before[start : start + A_FEW] for start in range(0, len(before), A_FEW)])

    def look(holders: list[tuple[str, Any, list[str], list[Any], int | None]]) -> None:
        for name, entries, keys, values, size in holders:
            if all(map(same, map(entries.get, keys), values)) and (size is None or length(entries) == size):
                continue
            changed = [key for key, value in zip(keys, values, strict=True) if entries.get(key) is not value]
            if size is not None:  # what is new in a class replaces what it inherits
                changed += [key for key in entries if key not in keys and any(key in vars(b) for b in bases[name])]
            changed = [key for key in changed if key not in SHOWS and not library(entries.get(key))]
            if changed and name not in noticed:
                noticed.add(name)
                report(f"replaced `{name}.{changed[0]}`")
        if traces() is not None and "" not in noticed:
            noticed.add("")
            report("installed a tracer")

    return (lambda: look(next(turns))), (lambda: look(before))


_HOLDERS: dict[str, Any] = {
    **{"torch": torch, "torch.nn.functional": nn.functional, "torch.Tensor": torch.Tensor, "builtins": builtins},
    **{"torch.nn.Module": nn.Module, "torch.nn.Linear": nn.Linear, "torch.optim.Optimizer": torch.optim.Optimizer},
    **{"torch.optim.SGD": torch.optim.SGD, "torch.optim.Adam": torch.optim.Adam, "torch.Generator": torch.Generator},
    **{"torch.optim.AdamW": torch.optim.AdamW},
    **{module.__name__.split(".")[-1]: module for module in (test_doubles, executor, codec, messages, figures)},
    **{
        kind.__name__: kind
        for kind in vars(test_doubles).values()
        if isinstance(kind, type) and kind.__module__ == test_doubles.__name__
    },
    **{"Workbench": executor.Workbench, "json": json},
}
_report: Callable[[str], None] = lambda what: None  # noqa: E731


def _parts(holder: Any) -> tuple[list[str], list[Any], int | None]:
    """The names and values of a module's functions and classes, or of everything in a class, and a class's size."""
    of_class = isinstance(holder, type)
    entries = {name: part for name, part in vars(holder).items() if of_class or callable(part)}
    if holder is torch:
        entries.pop("Storage", None)  # torch.set_default_dtype, which is harmless, replaces it
    return list(entries), list(entries.values()), len(entries) if of_class else None


def _of_a_library(value: Any) -> bool:
    """Returns whether torch or another installed library made something: these patches are not a submission's."""
    code = getattr(getattr(value, "__func__", value), "__code__", None)
    if code is not None:
        return str(code.co_filename).startswith(_LIBRARIES)
    return str(getattr(value, "__module__", "")).split(".")[0] in ("torch", "torchvision", "kornia")


class _Alarm:
    """Decides which audit events are worth a line."""

    def __init__(self, descriptor: int, submission: str, scratch: str):
        self._descriptor = descriptor
        self._submission, self._scratch = submission + os.sep, scratch + os.sep
        paths = sysconfig.get_paths()
        self._library = _LIBRARIES
        self._python = tuple({paths["stdlib"] + os.sep, paths["platstdlib"] + os.sep, "<frozen "})
        self._readable = (
            *(self._submission, self._scratch, *self._library, *self._python[:-1], *_PYTHONS),
            *("/usr/lib", "/lib", "/usr/share/", "/dev/null", "/dev/urandom", "/dev/zero"),
        )
        self._busy: set[int] = set()
        self._said: set[tuple[str, str]] = set()

    def notice(self, event: str, args: tuple[Any, ...]) -> None:
        """The audit hook."""
        if event not in _WATCHED:
            return
        thread = threading.get_ident()
        if thread in self._busy:
            return
        self._busy.add(thread)
        try:
            what, path = self._judge(event, args)
            if what:
                own, where = self._culprit(event in FRAMES, what in ANYWAY)
                said = (what, path if what in FILES else where)
                if own and said not in self._said and len(self._said) < MAX_LINES:
                    alike = sum(before == what for before, _ in self._said)
                    if alike < MAX_OF_A_KIND or os.path.lexists(path):  # a path that exists is no accident
                        self._said.add(said)
                        _write(self._descriptor, what, path, where)
        finally:
            self._busy.discard(thread)

    def _judge(self, event: str, args: tuple[Any, ...]) -> tuple[str, str]:
        """Returns what the event says was done, or "" where it is harmless, and a path."""
        if event in EVENTS:
            return EVENTS[event], ""
        if event in CTYPES:
            return "called a C library through ctypes", ""
        if event in FRAMES:
            frames = event != "object.__getattr__" or args[1] in FRAME_NAMES
            return ("looked at the frames of its callers" if frames else ""), ""
        if event == "import":
            name = str(args[0])
            return ("imported the grader's code" if name.split(".")[0] in ("autograder", "solutions") else ""), name
        if event == "open":
            path, mode, flags = args
            if isinstance(path, int):
                return ("used one of the grader's descriptors" if 3 <= path <= 6 else ""), ""
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)) if flags is not None else False
            writes = writes or bool(mode and set(str(mode)) & set("wax+"))
            return self._outside(path, writes)
        if event in READS:
            return ("", "") if args[0] is None or isinstance(args[0], int) else self._outside(args[0], False)
        for path in args[: WRITES.get(event, 0)]:
            if not isinstance(path, int) and self._outside(path, True)[0]:
                return self._outside(path, True)
        return "", ""

    def _outside(self, path: Any, writes: bool) -> tuple[str, str]:
        try:
            path = os.path.abspath(os.fsdecode(path))
        except (TypeError, ValueError):
            return "", ""
        inside = (path + os.sep).startswith(self._scratch if writes else self._readable)
        if inside or path in ("/dev/null",):
            return "", ""
        return ("wrote to a file outside its folder" if writes else "read a file outside its folder"), path

    def _culprit(self, at_once: bool, anyway: bool) -> tuple[bool, str]:
        """Whether a line of the submission caused it, and which.

        Args:
            at_once: only if it made the call itself or through `inspect`; otherwise also through the standard library.
            anyway: also through any other library.
        """
        frame: FrameType | None = sys._getframe(2)
        first = True
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self._submission):
                return True, f"{Path(name).relative_to(self._submission).as_posix()}, line {frame.f_lineno}"
            python = name.startswith(self._python) and not name.startswith(self._library)
            if at_once and not (first and python and name.endswith("inspect.py")):
                return name.startswith("<") and not name.startswith("<frozen "), ""
            if not (python or at_once or anyway):
                return name.startswith("<"), ""  # code made from text counts as the submission's
            frame, first = frame.f_back, False
        return True, ""  # a thread that began in C


_LIBRARIES = tuple({path + os.sep for path in map(sysconfig.get_paths().get, ("purelib", "platlib")) if path})
_WATCHED = {*EVENTS, *CTYPES, *FRAMES, *READS, *WRITES, "open", "import"}
_PYTHONS = tuple(
    {sys.base_prefix + "/lib/", sys.base_exec_prefix + "/lib/", sys.prefix + "/lib/", sys.prefix + "/lib64/"}
)


def _write(descriptor: int, what: str, path: str, where: str) -> None:
    line = json.dumps({"what": what, "path": path[:300], "where": where[:200]}).encode() + b"\n"
    try:
        os.write(descriptor, line)
    except OSError:
        os._exit(70)  # nobody would be told
