"""Landlock: the kernel's list of the files that a process may touch, which can only ever get shorter.

A ruleset names the rights that it handles; each of them is then refused unless a rule grants it, for a folder and
everything below, or for a file. It needs no privileges. Landlock has no rule against `stat`, `readlink` and changing
modes: a worker can learn that a name exists and how large it is, but can neither read nor list nor write it (the filter
of `seccomp.py` takes care of modes).
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable

from autograder.sandbox import kernel

NEEDED = 3  # the version that covers truncation: without it a worker could empty files that it may only read

_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE = 1 << 14
_HANDLED = {3: (1 << 15) - 1, 5: (1 << 16) - 1}  # from that version on: every right there is
_TCP = 0b11  # bind, connect (version 4)
_SCOPES = 0b11  # abstract Unix sockets, signals (version 6)
_QUIET = 1  # version 7: what is refused does not fill the system's log; the worker's audit hook reports it

_ONLY_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE
READ = _READ | _LIST
NAMES = _LIST
READ_WRITE = READ | _WRITE | _TRUNCATE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE
DEVICE = _READ | _WRITE


def version() -> int:
    """Returns the kernel's version of Landlock. Raises OSError if it has none."""
    return kernel.call("landlock_create_ruleset", 0, 0, 1)


def ruleset(rules: Iterable[tuple[str, int]]) -> int:
    """Makes a ruleset.

    Args:
        rules: paths and what is granted on them; a missing path is skipped.

    Returns:
        Its file descriptor, for `enter`.
    """
    abi = version()
    handled = _HANDLED[5 if abi >= 5 else 3]
    attributes = [handled, _TCP, _SCOPES][: 1 if abi < 4 else 2 if abi < 6 else 3]
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    descriptor = kernel.call("landlock_create_ruleset", packed, len(packed), 0)
    try:
        _grant(descriptor, rules)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def enter(descriptor: int) -> None:
    """Applies the ruleset to this thread and everything it starts, for good, and closes it."""
    try:
        kernel.call("landlock_restrict_self", descriptor, _QUIET if version() >= 7 else 0)
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """Returns why there is no Landlock, in a sentence."""
    if error.errno == errno.EOPNOTSUPP:
        return "The kernel has Landlock, but it was turned off at boot (lsm=)."
    if error.errno in (errno.ENOSYS, errno.EPERM):
        return "The kernel has no Landlock, or a container's filter forbids it."
    return f"Landlock does not work here ({error.strerror})."


def _grant(ruleset: int, rules: Iterable[tuple[str, int]]) -> None:
    # There are hundreds of rules: what they have in common is made once.
    attribute = ctypes.create_string_buffer(12)
    add = kernel.prepared("landlock_add_rule", ruleset, 1, attribute, 0)
    for path, rights in rules:
        try:
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        try:
            if rights & ~_ONLY_FILES and not stat.S_ISDIR(os.fstat(parent).st_mode):
                rights &= _ONLY_FILES
            struct.pack_into("=Qi", attribute, 0, rights, parent)
            add()
        finally:
            os.close(parent)
