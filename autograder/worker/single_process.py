"""What a worker gets instead of a whole machine: one process, one core, no network, no compiler.

Code that habitually asks for more gets what it can have, or an error that names the cause, before the kernel refuses
it without a word (and tells the grader, see `sandbox/reports.py`). Nothing here is protection: whoever gets around it
meets the sandbox.
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
    """Restricts this process, for good; call it in the warm process, from which the workers inherit it."""
    os.cpu_count = _one  # pools of threads choose their size by it, on a large machine beyond a worker's limit
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = _one
    socket.has_ipv6 = False  # otherwise urllib3, which many libraries import, opens a socket to find out
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
    torch._dynamo.config.disable = (
        True  # compiled code runs as it was written, since a compiler would be another program
    )
    torch.compile = _compile


_torch_compile = torch.compile


@functools.wraps(_torch_compile)
def _compile(*args: Any, **kwargs: Any) -> Any:
    for name in ("mode", "options", "fullgraph"):  # with fullgraph, not compiling would be an error
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
