"""Resource limits: for every worker at every level, on every system that has `resource`.

Limits are only ever lowered. Memory is counted from what the process has mapped when it enters: torch alone reserves
gigabytes of addresses and uses few of them.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MiB = 1 << 20
_RESERVED = 512 * MiB  # addresses without memory: libraries yet to be loaded, what malloc reserves for each thread


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Attributes:
        memory: bytes beyond what is mapped at the start.
        threads: of the process, itself included.
        file_size: bytes of one file.
        open_files: files open at once.
        cpu_seconds: of processor time, after which the kernel kills it (SIGXCPU, SIGKILL two seconds later).
        scratch: bytes of the scratch folder: the kernel's limit where it is its own file system, else the monitor's.
    """

    memory: int = 1024 * MiB
    threads: int = 16
    file_size: int = 16 * MiB
    open_files: int = 64
    cpu_seconds: int = 600
    scratch: int = 64 * MiB


def enter(limits: Limits, count_threads: bool, mapped: tuple[int, int] | None) -> None:
    """Sets the limits of this process, for good.

    Args:
        limits: what it may use.
        count_threads: whether its user has no other processes, so that the kernel's count by user is the worker's.
        mapped: what `mapped` returned at the start; None where memory cannot be limited.
    """
    if resource is None:
        return
    wanted: dict[str, tuple[int, int]] = {"RLIMIT_CORE": (0, 0)}
    for name, value in (
        ("RLIMIT_FSIZE", limits.file_size),
        ("RLIMIT_NOFILE", limits.open_files),
        ("RLIMIT_MEMLOCK", 0),
        ("RLIMIT_MSGQUEUE", 0),
        ("RLIMIT_RTPRIO", 0),
        ("RLIMIT_NPROC", limits.threads if count_threads else None),
    ):
        if value is not None:
            wanted[name] = (value, value)
    if mapped is not None:
        wanted["RLIMIT_DATA"] = (mapped[1] + limits.memory,) * 2
        wanted["RLIMIT_AS"] = (mapped[0] + limits.memory + _RESERVED,) * 2
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime) + limits.cpu_seconds
    wanted["RLIMIT_CPU"] = (seconds, seconds + 2)
    for name, (soft, hard) in wanted.items():
        if hasattr(resource, name):
            _lower(getattr(resource, name), soft, hard)


def bound_memory(size: int) -> None:
    """Limits what this process may map beyond what it has, where the system can; beyond that is a MemoryError."""
    if resource is not None and sys.platform == "linux":
        addresses, own = mapped()
        _lower(resource.RLIMIT_DATA, own + size, own + size)
        _lower(resource.RLIMIT_AS, addresses + size + _RESERVED, addresses + size + _RESERVED)


def mapped() -> tuple[int, int]:
    """Returns the bytes that this process has mapped in all, and those that are private and writable."""
    with open("/proc/self/statm", encoding="ascii") as file:
        fields = file.read().split()
    page = os.sysconf("SC_PAGE_SIZE")
    return int(fields[0]) * page, int(fields[5]) * page


def _lower(which: int, soft: int, hard: int) -> None:
    _, top = resource.getrlimit(which)
    if top != resource.RLIM_INFINITY:
        soft, hard = min(soft, top), min(hard, top)
    try:
        resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError):
        if sys.platform != "darwin":  # macOS refuses some limits below what is in use; its rung does not promise them
            raise
