"""Freed memory is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import small_runs

MEMORY = """
import sys
from experiments.acceleration import malloc
took = malloc.keep() if sys.argv[1] == "keep" else True
import resource, torch
for _ in range(20):
    torch.empty(30_000_000, dtype=torch.uint8).fill_(1)
    if _ == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only the C library of Linux gives memory back at once"
)
def test_freed_memory_is_kept(data_root: Path) -> None:
    done = small_runs.python("-c", MEMORY, "keep")
    took, faults = done.stdout.split()
    assert took == "False" or int(faults) < 100, done.stderr  # 18 blocks of 7,324 pages
