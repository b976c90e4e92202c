"""What a worker uses, seen from the judge's side: the monitor asks a few times a second.

It covers what the kernel does not limit everywhere: resident memory, threads where the worker shares its user with
others, and a scratch folder on a shared disk. The cost is bounded: at most `MOST` processes and files are counted, and
a count that reaches it is far above any limit.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.limits import Limits
from autograder.sandbox.scratch import MOST, measure

_MEMORY = ("RssAnon", "RssShmem", "VmSwap")  # kilobytes


@dataclass(frozen=True)
class Usage:
    """What a process and its descendants use now.

    Attributes:
        memory: bytes of memory that are not mapped files. Libraries do not count; what it has shared with the warm
            process since the fork does, so compare with a measurement from its start.
        threads: of all these processes.
        processes: the worker and its descendants; 0 when it is gone.
        scratch_bytes: for each file its size on the disk or its length, whichever is more; including files that it has
            deleted and still holds open.
        scratch_files: files and folders below the scratch folder.
        cpu: seconds of processor time that these processes have had.
    """

    memory: int = 0
    threads: int = 0
    processes: int = 0
    scratch_bytes: int = 0
    scratch_files: int = 0
    cpu: float = 0.0


def usage(pid: int, scratch: Path) -> Usage:
    """Measures a worker.

    Args:
        pid: what the nursery's fork returned (at the level `namespaces` the worker is two below it; the two that wait
            for it do not count).
        scratch: its scratch folder; where the kernel limits that one it is empty for everyone else.

    Returns:
        What it uses; zeros where there is no /proc, or when it is gone.
    """
    # Depth of process namespaces, number in the deepest, fields, number here.
    found: list[tuple[int, int, dict[str, int], int]] = []
    waiting = [pid]
    while waiting and len(found) < MOST:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            found.append((*_status(current), current))
            waiting += _children(current)
    seen = [number for *_, number in found]
    deepest = max((depth for depth, *_ in found), default=0)
    if found and deepest > found[0][0]:  # not the ones that only wait for the worker
        found = [process for process in found if process[0] == deepest and process[1] != 1]
    memory = sum(sum(fields.get(name, 0) for name in _MEMORY) for _, _, fields, _ in found) * 1024
    threads = sum(fields.get("Threads", 0) for _, _, fields, _ in found)
    size, files = measure(scratch)
    size += sum(_held(process) for process in seen)
    return Usage(memory, threads, len(found), size, files, sum(processor_time(number) for *_, number in found))


def processor_time(pid: int) -> float:
    """Returns the seconds of processor time that a process has had; 0 where there is no /proc, or when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def worker_of(pid: int) -> int:
    """Returns the process number of the worker itself, given what the nursery's fork returned (see `usage`)."""
    below = pid
    with contextlib.suppress(OSError, IndexError):
        if _status(pid)[0] < _status(_children(pid)[0])[0]:
            below = _children(_children(pid)[0])[0]
    return below


def _status(pid: int) -> tuple[int, int, dict[str, int]]:
    fields, numbers = {}, [str(pid)]
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name == "NSpid":
                numbers = value.split()
            elif name == "Threads" or name in _MEMORY:
                fields[name] = int(value.split()[0])
    return len(numbers), int(numbers[-1]), fields


def _held(pid: int) -> int:
    """Returns the bytes of deleted files that a process holds open or mapped; the most it may have, where unknown.

    Only a worker without its own file system shows its files to other processes of its user (see `entry.py`); for the
    others /proc says that they are root's.
    """
    sizes: dict[tuple[int, int], int] = {}
    with contextlib.suppress(OSError):
        if os.stat(f"/proc/{pid}/fd").st_uid == 0:
            return 0
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                info = os.stat(f"/proc/{pid}/fd/{name}")
                if stat.S_ISREG(info.st_mode) and not info.st_nlink:
                    sizes[info.st_dev, info.st_ino] = max(info.st_size, info.st_blocks * 512)
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.endswith(" (deleted)\n"):
                    _, _, _, device, inode, *_ = line.split(None, 5)
                    major, minor = (int(part, 16) for part in device.split(":"))
                    sizes.setdefault((os.makedev(major, minor), int(inode)), Limits().file_size)
    return sum(sizes.values())


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task")[:MOST]:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found
