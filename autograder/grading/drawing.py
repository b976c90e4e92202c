"""Random parameters that both sides draw by themselves from a seed, so that a large network's need not travel."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor


def parameters(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Draws a network's parameters: kernels and matrices by their fan-in, vectors around 0.5.

    Args:
        shapes: of the parameters by name; they are drawn in this order.
        seed: of the generator.
    """
    rng, drawn = torch.Generator().manual_seed(seed), {}
    for name, shape in shapes.items():
        noise = math.sqrt(12) * (torch.rand(shape, generator=rng) - 0.5)  # of variance 1, faster than a normal one
        drawn[name] = noise / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.5 + 0.2 * noise
    return drawn
