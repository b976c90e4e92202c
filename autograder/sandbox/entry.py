"""How a worker enters a level of isolation: all or nothing, and for good.

If a level cannot keep its promise, `SandboxError` is raised before any code of a student runs.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox import interpreter_files, kernel, landlock, limits, namespaces, privileges, reports, seccomp
from autograder.sandbox.kernel import SandboxError
from autograder.sandbox.limits import Limits

LEVELS = ("limits", "namespaces", "landlock")  # weakest first

_prepared: tuple[interpreter_files.Interpreter, privileges.Access] | None = None


@dataclass(frozen=True)
class Policy:
    """What one worker may touch.

    Attributes:
        submission: folder with the worker's copy of the submission, to read.
        scratch: existing folder, to read and write. Where the kernel limits its size (`Rung.details`) the worker sees
            an empty one in its place, which disappears with it.
        limits: what it may use.
        readable: other folders and files to read.
        reports: the worker's end of a `Reports`; None if nobody listens.
        core: the only processor that it may run on; None: any.
    """

    submission: Path
    scratch: Path
    limits: Limits = field(default_factory=Limits)
    readable: tuple[Path, ...] = ()
    reports: int | None = None
    core: int | None = None


def prepare() -> None:
    """Finds the interpreter's files once, in the warm process, so that its workers need not."""
    global _prepared
    _prepared = _prepare()
    if kernel.LINUX and (column := kernel.architecture()) is not None:
        for told in (False, True):
            seccomp.fixed_part(column, told)
        privileges.capabilities()  # loads the C library


def _prepare() -> tuple[interpreter_files.Interpreter, privileges.Access]:
    interpreter = interpreter_files.find()
    return interpreter, privileges.access(interpreter.entries)


def enter(level: str, policy: Policy) -> dict[str, object]:
    """Puts this process into the sandbox, for good.

    Call it in the only thread of a process that the nursery's main thread forked, with all of the grader's modules
    imported, and with no folder or socket open. At the level `namespaces` it returns in a descendant of the caller's
    process, and the caller's ends as that one does.

    Args:
        level: one of `LEVELS`.
        policy: what remains allowed.

    Returns:
        What holds now, for `Rung.details`.

    Raises:
        SandboxError: if this machine cannot provide exactly that level. The process must then end.
    """
    if level not in LEVELS:
        raise SandboxError(f"There is no level of isolation named {level!r}, only {', '.join(LEVELS)}.")
    for folder in (policy.submission, policy.scratch):
        if not folder.is_absolute() or not folder.is_dir():
            raise SandboxError(f"A worker was given the folder {folder}, which is not the absolute path of a folder.")
    try:
        if kernel.LINUX and kernel.architecture() is not None:
            return _enter_linux(level, policy)
        return _enter_elsewhere(level, policy)
    except OSError as error:
        raise SandboxError(f"The level {level!r} could not be entered ({error}).") from error


def _enter_elsewhere(level: str, policy: Policy) -> dict[str, object]:
    here = f"{sys.platform} on {platform.machine()}"
    if level != "limits":
        raise SandboxError(f"The level {level!r} needs Linux on x86_64 or aarch64, and this is {here}.")
    limits.enter(policy.limits, count_threads=False, mapped=limits.mapped() if kernel.LINUX else None)
    states = dict.fromkeys(("files", "network", "processes"), "open")
    monitored = dict.fromkeys(("memory", "threads", "scratch"), "monitor")
    return {"seccomp": False, "user": "the grader's", "capabilities": [], "reports": "python", **states, **monitored}


def _enter_linux(level: str, policy: Policy) -> dict[str, object]:
    through = None if policy.reports is None else socket.socket(fileno=policy.reports)
    _refuse_leftovers(policy.reports)
    if policy.core is not None:
        with contextlib.suppress(OSError):  # the processor went offline, or the grader may no longer use it
            os.sched_setaffinity(0, {policy.core})
    interpreter, needed = _prepared or _prepare()
    needed |= privileges.access(_files(policy), policy.scratch)
    mapped = limits.mapped()
    details: dict[str, object] = {}
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(
            "1000", encoding="ascii"
        )  # the first to be killed when memory runs out
    ruleset, own_scratch, new_user = -1, True, False
    if level == "namespaces":
        identity = privileges.choose(privileges.Access(needed.modes, True))  # the folders above will be new ones
        details["user_namespace"] = new_user = namespaces.unshare()
        namespaces.become_worker()
        namespaces.build_root(interpreter, _readable(policy), policy.scratch, policy.limits.scratch)
    else:
        identity = privileges.choose(needed)
        own_scratch, new_user = namespaces.own_scratch(policy.scratch, policy.limits.scratch)
    count_threads = identity.user is not None
    if new_user:
        identity, count_threads = privileges.Identity(), _counts_by_namespace()
    if level == "landlock":
        details["landlock_abi"] = _landlock_version()
        ruleset = landlock.ruleset(_rules(interpreter, policy))
    if identity.user is not None:
        privileges.own(policy.scratch, identity.user)
    parent = os.getppid()
    privileges.drop(identity)
    limits.enter(policy.limits, count_threads, mapped)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SandboxError("The process that started the worker is gone.")
    if own_scratch or level != "landlock":
        kernel.prctl(
            kernel.PR_SET_DUMPABLE, 0
        )  # no process of the same user can debug it; /proc still shows what it uses
    # otherwise the monitor must see which deleted files it holds; Landlock keeps other workers from its /proc
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if ruleset >= 0:
        landlock.enter(ruleset)
    details["seccomp"], listener = _filter(level, policy.reports)
    if through is not None and listener is not None:
        reports.hand_over(listener, through)
    elif through is not None:
        through.close()
    _verify(level, bool(details["seccomp"]))
    closed = level != "limits"
    return details | {
        "user": "own" if identity.user is not None else "the grader's",
        "capabilities": ["dac_read_search"] if identity.reads_everywhere else [],
        "files": "closed" if closed else "open",
        "network": "closed" if closed or details["seccomp"] else "open",
        "processes": "closed" if details["seccomp"] else "open",
        "reports": "kernel" if listener is not None else "python",
        "memory": "kernel",
        "threads": "kernel" if count_threads else "monitor",
        "scratch": "kernel" if own_scratch else "monitor",
    }


def _refuse_leftovers(reports: int | None) -> None:
    """Raises SandboxError for what must not be inherited from the nursery: threads, and open ways around the sandbox.

    Args:
        reports: the one socket that may be open here.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        raise SandboxError("A worker that has several threads cannot be put into a sandbox.")
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            mode = os.fstat(number).st_mode
        except OSError:  # the one of the listing itself
            continue
        if stat.S_ISDIR(mode) or (stat.S_ISSOCK(mode) and number != reports):
            kind = "folder" if stat.S_ISDIR(mode) else "socket"
            raise SandboxError(f"A worker was started with a {kind} open (file descriptor {number}).")


def _filter(level: str, told: int | None) -> tuple[bool, int | None]:
    """Applies the filter. Returns whether there is one, and the kernel's end of its reports."""
    try:
        return True, seccomp.enter(told)
    except OSError as error:
        if level == "limits":
            return False, None
        raise SandboxError(f"The kernel accepts no filter of system calls (seccomp: {error.strerror}).") from error


def _verify(level: str, filtered: bool) -> None:
    """Tries two things that must fail. Raises SandboxError if one does not."""
    if level != "limits":
        try:
            os.close(os.open(__file__, os.O_RDONLY))
        except OSError:
            pass
        else:
            raise SandboxError(f"The level {level!r} was entered, but the grader's files can still be read.")
    if filtered:
        try:
            os.close(kernel.call("socket", *seccomp.QUIET_SOCKET))
        except OSError:
            pass
        else:
            raise SandboxError("The filter of system calls is in place, but lets a socket through.")


def _landlock_version() -> int:
    try:
        found = landlock.version()
    except OSError as error:
        raise SandboxError(landlock.reason(error)) from error
    if found < landlock.NEEDED:
        raise SandboxError(f"The kernel has Landlock {found}; {landlock.NEEDED} or newer (Linux 6.2) is needed.")
    return found


def _rules(interpreter: interpreter_files.Interpreter, policy: Policy) -> Iterable[tuple[str, int]]:
    for path in (*interpreter.entries, *map(str, _readable(policy))):
        yield path, landlock.READ
    for path in interpreter.folders:
        yield path, landlock.NAMES
    for path in ("/dev/zero", "/dev/urandom", "/dev/random"):
        yield path, landlock.READ
    yield "/dev/null", landlock.DEVICE
    yield str(policy.scratch), landlock.READ_WRITE


def _readable(policy: Policy) -> list[Path]:
    return [policy.submission, *(path for path in policy.readable if path.exists())]


def _files(policy: Policy) -> Iterable[str]:
    for path in map(str, _readable(policy)):
        yield path
        for folder, folders, files in os.walk(path):
            yield from (os.path.join(folder, name) for name in folders + files)


def _counts_by_namespace() -> bool:
    """Returns whether the kernel counts a user's threads for each user namespace (Linux 5.14; never root's)."""
    major, minor = os.uname().release.split(".")[:2]
    return os.geteuid() != 0 and (int(major), int("".join(filter(str.isdigit, minor)) or 0)) >= (5, 14)
