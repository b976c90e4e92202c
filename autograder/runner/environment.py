"""What the runner's processes have in common: where they find the code, and what they know about this machine.

Some modules appear here only by name, because they are the instructor's and not part of the handout.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TORCH = ("torch",)
BASE = (*TORCH, "pytest", "autograder.runner.child")
STUBS = ("data_stubs",) if (ROOT / "data_stubs").is_dir() else ()  # visible tests may import it: 0.06 s in each child
DRIVER = "autograder.judge.driver"  # imported by a child that runs hidden tests
COLLECTED = "autograder.judge.precollected"  # imported by a warm process that forks judges
WORKERS = "autograder.worker.main"  # imported by a warm process that forks workers of the hidden grading
# The starting folder is taken off the path first: a `re.py` in it would be imported instead of Python's own.
PATH = "import sys; sys.path[:] = [sys.argv[1], *filter(None, sys.path)]; "
EVENTS = 3  # the child's file descriptor for reports
JUDGE = 4  # a judge's file descriptor for the socket on which it receives workers


def environment() -> dict[str, str]:
    """Returns the environment of the processes that run submissions: this one's, without what would steer pytest."""
    dropped = ("PYTEST_", "PYTHONWARNINGS", "SUBMISSION", "GRADING_SEED", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    )
    return (
        kept
        | threads
        | {
            "CUDA_VISIBLE_DEVICES": "",
            "MPLBACKEND": "Agg",
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        }
    )


def shared_memory() -> dict[str, str]:
    """Returns settings that halve the cost of forking a large process and of large tensors in it (glibc)."""
    tunables = ("hugetlb=1", f"mmap_threshold={1 << 26}", f"trim_threshold={1 << 28}")
    named = ":".join(f"glibc.malloc.{tunable}" for tunable in tunables)
    return {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": named} if sys.platform == "linux" else {}


def keep_memory_private() -> None:
    """Hides this process's memory from others of the same user, on Linux: it may hold secrets."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE; inherited by forks


def bare_environment() -> dict[str, str]:
    """Returns the environment of the processes that judges and workers come from: nothing that could be secret."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    made = ("OMP_", "MKL_", "OPENBLAS_NUM", "VECLIB_", "CUDA_", "MPLBACKEND", "PYTHONIOENCODING", "OBJC_")
    return {name: value for name, value in environment().items() if name in kept or name.startswith(made)}


def cores() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
