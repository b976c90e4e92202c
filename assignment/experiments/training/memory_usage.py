"""The peak memory usage of a phase."""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path

import torch


def reset() -> None:
    """Starts measuring again, where the system can: elsewhere the peak is that of the whole process so far."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Linux: the peak becomes what is in use now
    if torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def peak() -> int | None:
    """Returns the peak main memory of this process, in bytes; None where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", status)[1])  # type: ignore[index]
    except (OSError, TypeError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def device_peak() -> int | None:
    """Returns the peak memory of tensors on the GPU, in bytes; None without a GPU."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_initialized() else None
