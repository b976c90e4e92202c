"""What a worker has in place of a machine of its own: one process, one core, no network, no compiler.

A stage's habits that ask for more get here what they can have, or an error that names the cause, before the kernel
refuses them without a word (and tells the grader, see `sandbox/reports.py`). Nothing here protects anything: whoever
gets around it meets the sandbox.
"""

from __future__ import annotations

import ctypes.util
import functools
import multiprocessing
import multiprocessing.context
import multiprocessing.process
import os
import platform
import socket
import threading
import uuid
from typing import Any, NoReturn

import torch
import torch._dynamo
import torch.multiprocessing

NO_PROCESSES = (
    "graded code runs in one process and starts no others: use num_workers=0 in a DataLoader, and neither a Pool nor a "
    "Process"
)
_LOCKS = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier")


def prepare() -> None:
    """Makes this process such a place, for good; call it in the warm process, which hands it down to its workers."""
    os.cpu_count = _one  # by which pools of threads choose their size, on a large machine past a worker's limit
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = _one
    socket.has_ipv6 = False  # or urllib3, which many libraries import, opens a socket to find out
    multiprocessing.process.BaseProcess.start = _start_nothing  # type: ignore[method-assign]
    for name in _LOCKS:  # between processes they would need shared memory
        setattr(multiprocessing.context.BaseContext, name, _of_threads(name))
        for module in (multiprocessing, torch.multiprocessing):
            setattr(module, name, getattr(multiprocessing.context._default_context, name))
    uuid._generate_time_safe = None  # type: ignore[attr-defined]  # it asks network cards, and a daemon
    uuid._node = uuid._random_getnode()  # type: ignore[attr-defined]
    for module, names in (
        (platform, ("_syscmd_file",)),
        (ctypes.util, ("_findSoname_ldconfig", "_findLib_gcc", "_findLib_ld", "_get_soname")),
    ):
        for name in names:  # they start programs to look into files
            if hasattr(module, name):
                setattr(module, name, _find_nothing)
    torch._dynamo.config.disable = True  # what is compiled runs as it was written; a compiler would be a program
    torch.compile = _compile


_torch_compile = torch.compile


@functools.wraps(_torch_compile)
def _compile(*args: Any, **kwargs: Any) -> Any:
    for name in ("mode", "options", "fullgraph"):  # with the last one, not to compile would be an error
        kwargs.pop(name, None)
    return _torch_compile(*args, **kwargs | {"backend": "eager"})  # the usual one takes two seconds to import


def _one() -> int:
    return 1


def _start_nothing(self: Any) -> NoReturn:
    raise PermissionError(NO_PROCESSES)


def _of_threads(name: str) -> Any:
    kind = getattr(threading, name)

    def make(self: Any, *args: Any, **kwargs: Any) -> Any:
        return kind(*args, **kwargs)

    make.__name__ = name
    return make


def _find_nothing(target: Any, default: Any = None) -> Any:
    return default
