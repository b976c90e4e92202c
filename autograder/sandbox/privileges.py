"""Giving up what root, or an ordinary user in a namespace, has: user, groups and capabilities.

A worker started by root gets its own user, so that the kernel counts its threads, and lets it neither signal others nor
write their files. Where the interpreter is in a folder that only root may enter (such as pyenv below /root), it keeps
the one capability to read and search everywhere, which Landlock then confines.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import kernel

_CHOWN, _DAC_READ_SEARCH, _SETGID, _SETUID, SYS_ADMIN = 0, 2, 6, 7, 21
_FIRST_USER = 0x60000000  # far above a system's users; the worker's process number is added
_CAPABILITY_HEADER = struct.pack("=Ii", 0x20080522, 0)  # version 3, this thread


@dataclass(frozen=True)
class Identity:
    """Who a worker is.

    Attributes:
        user: its user and group; None keeps those of the grader.
        reads_everywhere: whether it keeps the capability to read files that are not its own.
    """

    user: int | None = None
    reads_everywhere: bool = False


@dataclass(frozen=True)
class Access:
    """Whether any user may read some files.

    Attributes:
        modes: the modes of the files allow it.
        above: so do the modes of the folders above them.
    """

    modes: bool = True
    above: bool = True

    def __or__(self, other: Access) -> Access:
        return Access(self.modes and other.modes, self.above and other.above)


def access(paths: Iterable[str | Path], reached: Path | None = None) -> Access:
    """Returns whether any user may read these paths, and reach another one whatever its own mode is."""
    above: set[Path] = set() if reached is None else set(Path(os.path.realpath(reached)).parents)
    modes = True
    try:
        for path in map(Path, paths):
            above.update(path.parents if path.parent in above else Path(os.path.realpath(path)).parents)
            mode = os.stat(path).st_mode
            modes &= bool(mode & stat.S_IROTH and (mode & stat.S_IXOTH or not stat.S_ISDIR(mode)))
        return Access(modes, all(os.stat(folder).st_mode & stat.S_IXOTH for folder in above))
    except OSError:
        return Access(False, False)


def choose(needed: Access) -> Identity:
    """Returns which user a worker of this process can be and still read what it needs."""
    if os.geteuid() != 0:
        return Identity()
    held = capabilities()
    user = _FIRST_USER + os.getpid()
    if not all(held >> bit & 1 for bit in (_CHOWN, _SETUID, _SETGID)) or not _mapped(user):
        return Identity()
    if needed.modes and needed.above:
        return Identity(user)
    return Identity(user, True) if held >> _DAC_READ_SEARCH & 1 else Identity()


def capabilities() -> int:
    """Returns the capabilities that this process can use, as bits."""
    data = ctypes.create_string_buffer(24)
    kernel.call("capget", _CAPABILITY_HEADER, data)
    low, _, _, high, _, _ = struct.unpack("=6I", data.raw)
    return int(low | high << 32)


def own(folder: Path, user: int) -> None:
    """Gives the scratch folder and what is in it to a worker's user; nobody else can enter it afterwards."""
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            os.chown(os.path.join(top, name), user, user, follow_symlinks=False)
    os.chown(folder, user, user)


def drop(identity: Identity) -> None:
    """Becomes that user, without groups and capabilities, for good."""
    kept = 1 << _DAC_READ_SEARCH if identity.reads_everywhere else 0
    for bit in range(64):  # so that even running a program would gain nothing
        with contextlib.suppress(OSError):
            kernel.prctl(kernel.PR_CAPBSET_DROP, bit)
    if identity.user is not None:
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(identity.user, identity.user, identity.user)
        os.setresuid(identity.user, identity.user, identity.user)
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    kernel.call("capset", _CAPABILITY_HEADER, struct.pack("=6I", low, low, 0, high, high, 0))
    if capabilities() != kept:
        raise kernel.SandboxError("The worker still holds capabilities after giving them up.")


def _mapped(user: int) -> bool:
    """Returns whether a user of this number exists in this process's user namespace."""
    with contextlib.suppress(OSError), open("/proc/self/uid_map", encoding="ascii") as file:
        for line in file:
            first, _, count = map(int, line.split())
            if first <= user < first + count:
                return True
    return False
