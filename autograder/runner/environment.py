"""What the processes of the runner have in common: where they find the code, and what they know of this machine.

Some modules stand here by name only, for they are the instructor's and the handout lacks them.
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
DRIVER = "autograder.judge.driver"  # imported by a child that runs hidden tests
COLLECTED = "autograder.judge.precollected"  # imported by a warm process that forks judges
WORKERS = "autograder.worker.main"  # imported by a warm process that forks workers of the hidden grading
# The folder that it starts in is taken off the path first: a `re.py` in it would be imported in place of Python's own.
PATH = "import sys; sys.path[:] = [sys.argv[1], *filter(None, sys.path)]; "
EVENTS = 3  # the child's file descriptor for reports
JUDGE = 4  # that of a judge, for the socket on which it is given workers


def environment() -> dict[str, str]:
    """Returns the environment of the processes that run submissions: this one's, less what would steer pytest."""
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
    """Returns settings under which a fork of a large process, and large tensors in it, cost half as much (glibc)."""
    tunables = ("hugetlb=1", f"mmap_threshold={1 << 26}", f"trim_threshold={1 << 28}")
    named = ":".join(f"glibc.malloc.{tunable}" for tunable in tunables)
    return {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": named} if sys.platform == "linux" else {}


def keep_memory_private() -> None:
    """Closes this process's memory to others of the same user, where it is Linux: it may know what is secret."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE; inherited by forks


def bare_environment() -> dict[str, str]:
    """Returns the environment of what forks workers, and forks what does: nothing of this one's that may be secret."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    made = ("OMP_", "MKL_", "OPENBLAS_NUM", "VECLIB_", "CUDA_", "MPLBACKEND", "PYTHONIOENCODING", "OBJC_")
    return {name: value for name, value in environment().items() if name in kept or name.startswith(made)}


def cores() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
