"""The ladder: which levels of isolation this machine has, found out by trying each one.

A rung is available if a child of this process entered it and was refused what must be refused; nothing is inferred
from versions or settings.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.sandbox import entry
from autograder.sandbox.entry import LEVELS, Policy
from autograder.sandbox.kernel import SandboxError
from autograder.sandbox.reports import Reports

_PATIENCE = 30.0  # seconds for one try
_REPORTS = 4  # a child's descriptor


@dataclass(frozen=True)
class Rung:
    """One level of isolation on this machine.

    Attributes:
        level: one of `LEVELS`.
        available: whether a worker can have it.
        reason: why not, in a sentence; empty if it can.
        details: what holds on it: `files`, `network` and `processes` are "closed" or "open"; `memory`, `threads` and
            `scratch` are limited by the "kernel" or have to be by the "monitor" (see `usage`); `user` is "own" or
            "the grader's"; `reports`: what a submission tries is reported by the "kernel", or only by "python",
            which a submission can silence; and how the level is made.
    """

    level: str
    available: bool
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def probe() -> tuple[Rung, ...]:
    """Tries every level, once per process.

    Returns:
        The rungs, strongest first. It never raises.
    """
    return _probe(os.getpid())


def best(required: str | None = None) -> Rung:
    """Returns the strongest rung there is.

    Args:
        required: the weakest level that will do.

    Raises:
        UserError: there is no such level, or this machine does not have it.
    """
    if required is not None and required not in LEVELS:
        raise UserError(f"There is no level of isolation {required!r}: choose one of {', '.join(reversed(LEVELS))}.")
    rungs = probe()
    for rung in rungs:
        if rung.available and LEVELS.index(rung.level) >= LEVELS.index(required or LEVELS[0]):
            return rung
    reasons = " ".join(rung.reason for rung in rungs if not rung.available)
    if required is None:
        raise UserError(f"This machine has no level of isolation at all. {reasons}")
    here = next((rung.level for rung in rungs if rung.available), "none")
    raise UserError(f"The level {required!r} was required, and the best here is {here!r}. {reasons}")


def warning(level: str) -> str:
    """Returns what an instructor who grades at a level must know, in a sentence or two; empty if all is closed.

    Args:
        level: one of `LEVELS` that this machine has; anything else means no isolation.
    """
    details = next((rung.details for rung in probe() if rung.level == level), None)
    if details is None:
        return "Without isolation a submission can do whatever the grader's user can."
    open_here = {
        "files": "read whatever the grader's user can, including solutions and other submissions",
        "network": "use the network",
        "processes": "start programs",
    }
    missing = [words for what, words in open_here.items() if details[what] == "open"]
    said = (
        [f"The level {level!r} does not fully confine a submission: it can {', and '.join(missing)}."]
        if missing
        else []
    )
    if details["reports"] == "python":
        said.append("Only Python notices what a submission attempts, and a submission can silence it.")
    return " ".join(said)


@functools.lru_cache(maxsize=1)
def _probe(process: int) -> tuple[Rung, ...]:
    return tuple(map(_try_level, reversed(LEVELS)))


def _try_level(level: str) -> Rung:
    if not hasattr(os, "fork"):
        return Rung(level, False, "This system cannot fork a process and limit it; on Windows, use WSL.")
    folder = ""
    try:
        folder = os.path.realpath(tempfile.mkdtemp(prefix="sandbox-"))
        os.chmod(folder, 0o711)  # like that of a run
        answer = _tried(level, Path(folder))
    except (OSError, SandboxError) as error:
        return Rung(level, False, f"The level {level!r} could not be tried ({error}).")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if "refused" in answer:
        return Rung(level, False, answer["refused"])
    return Rung(level, True, details=answer["details"])


def _tried(level: str, folder: Path) -> dict[str, Any]:
    """Has a child enter a level, and listens to what the kernel reports meanwhile."""
    reports = Reports()
    try:
        answer: dict[str, Any] = in_child(lambda: _experience(level, folder), _PATIENCE, reports.theirs)
    finally:
        told = reports.end()
    if answer.get("details", {}).get("reports") == "kernel" and not {"opened a socket", "started a process"} <= {*told}:
        answer["details"]["reports"] = "python"
    return answer


def _experience(level: str, folder: Path) -> dict[str, Any]:
    """Enters a level and tries what it forbids; what it allows has to work."""
    secret = folder / "secret"
    secret.write_text("secret", encoding="ascii")
    for name in ("submission", "scratch"):
        (folder / name).mkdir()
    (folder / "submission" / "stage.py").write_text("pass\n", encoding="ascii")
    try:
        policy = Policy(folder / "submission", folder / "scratch", reports=_REPORTS)
        details = entry.enter(level, policy)
    except SandboxError as error:
        return {"refused": str(error)}
    for path in (folder / "submission" / "stage.py", Path(os.__file__)):
        if not _works(path.read_bytes):
            return {"refused": f"The level {level!r} would not let a worker read {path.name}."}
    if not _works(lambda: (folder / "scratch" / "note").write_text("note", encoding="ascii")):
        return {"refused": f"The level {level!r} would not let a worker write into its scratch folder."}
    forbidden: dict[str, tuple[object, Callable[[], object]]] = {
        "a file outside": (details["files"], secret.read_bytes),
        "a socket": (details["network"], lambda: socket.socket().close()),
        "a process": (details["processes"], _fork),
    }
    for name, (state, action) in forbidden.items():
        if state == "closed" and _works(action):
            return {"refused": f"The level {level!r} did not deny a worker {name}."}
    return {"details": details}


def _works(action: Callable[[], object]) -> bool:
    try:
        action()
    except OSError:
        return False
    return True


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def in_child(action: Callable[[], Any], seconds: float, descriptor: int) -> Any:
    """Runs something in a forked child, which has the descriptor as `_REPORTS`, and returns its result by way of JSON.

    Raises:
        SandboxError: it raised something, died, or did not answer in time and was killed.
    """
    import fcntl  # not on Windows, which has no fork either

    receive, send = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads may run: the child only makes system calls
        pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            high = fcntl.fcntl(send, fcntl.F_DUPFD, 16)
            os.dup2(descriptor, _REPORTS)
            os.dup2(high, 3)
            os.closerange(_REPORTS + 1, 65536)
            null = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
            os.close(null)
            try:
                answer = {"value": action()}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            os.write(3, json.dumps(answer).encode())
        os._exit(0)
    os.close(send)
    data, deadline = b"", time.monotonic() + seconds
    try:
        while select.select([receive], [], [], max(0.0, deadline - time.monotonic()))[0]:
            more = os.read(receive, 65536)
            if not more:
                break
            data += more
    finally:
        os.close(receive)
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if not data:
        raise SandboxError("the child died" if time.monotonic() < deadline else f"it took over {seconds:.0f} seconds")
    answer = json.loads(data)
    if "error" in answer:
        raise SandboxError(answer["error"])
    return answer["value"]
