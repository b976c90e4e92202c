"""The way to the kernel: system calls and prctl through the C library that Python itself runs on.

The other modules of this package make no other calls through ctypes. Python 3.10 has none of them (`os.unshare` came
with 3.12, no version has Landlock or seccomp), and each is one call with a few numbers.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
from collections.abc import Callable
from typing import Any

LINUX = sys.platform.startswith("linux")

# Numbers of the calls that have no function in the C library: (x86_64, aarch64).
_NUMBERS = {
    "socket": (41, 198),
    "capget": (125, 90),
    "capset": (126, 91),
    "pivot_root": (155, 41),
    "seccomp": (317, 277),
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


class SandboxError(Exception):
    """The sandbox cannot provide what was asked for; the text is one sentence. It is never the student's fault."""


@functools.cache
def architecture() -> int | None:
    """Returns the column of this machine in a table of system calls: 0 for x86_64, 1 for aarch64, else None."""
    if sys.maxsize < 2**32:
        return None
    return {"x86_64": 0, "amd64": 0, "aarch64": 1, "arm64": 1}.get(platform.machine().lower())


@functools.cache
def libc() -> Any:
    """Returns the C library of this process; errors are kept for `fail`."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """Makes a system call of `_NUMBERS`. Numbers go as longs, pointers as they are. Raises OSError."""
    return prepared(name, *arguments)()


def prepared(name: str, *arguments: Any) -> Callable[[], int]:
    """Returns `call` with these arguments, to be made many times."""
    column = architecture()
    if not LINUX or column is None:
        raise OSError(38, "no such system call on this platform")
    converted = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    function, number = libc().syscall, ctypes.c_long(_NUMBERS[name][column])
    return lambda: check(function(number, *converted))


def prctl(option: int, value: int = 0) -> int:
    """Calls prctl with one value. Raises OSError."""
    zero = ctypes.c_ulong(0)
    return check(libc().prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def check(result: int) -> int:
    """Returns what a function of the C library returned, or raises OSError for its error number."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
