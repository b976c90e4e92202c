"""Randomness for what several tests of a hidden suite share; a single test takes the `rng` fixture."""

from __future__ import annotations

import hashlib
import os

import torch


def generator(name: str) -> torch.Generator:
    """A generator seeded by the grading's secret seed (GRADING_SEED) and a name."""
    text = f"{os.environ.get('GRADING_SEED', '0')}/{name}"
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big"))
