"""Memory that is freed has to be faulted in again, page by page: that took half of a training step on the CPU.

The C library returns every large freed block to the kernel, and a training step frees and asks for the same large
blocks again and again. Here it is told to keep them, and PyTorch is told to ask for large pages.
"""

from __future__ import annotations

import ctypes
import os
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of the GNU C library's malloc.h


def keep() -> bool:
    """Keeps freed memory in the process from now on; call it before torch is imported.

    Returns:
        Whether the C library took the hint: only the GNU library on Linux knows it, and nothing changes elsewhere.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # read by torch at its first allocation
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False  # another C library
    return bool(mallopt(MMAP_MAX, 0)) and bool(mallopt(TRIM_THRESHOLD, 2**31 - 1))
