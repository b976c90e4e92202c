"""Random parameters that both sides draw from a seed, so that those of a large network need not be sent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

MAX_NUMBERS = 1 << 24  # in all; the assignment's largest network has eleven million
POOL = 65_537  # numbers; a prime, so that no layer's rows repeat with it


def draw(shapes: Mapping[str, tuple[int, ...]], seed: int) -> Iterator[tuple[str, Tensor]]:
    """Draws a network's parameters one by one: kernels and matrices scaled by their fan-in, vectors around 0.5.

    Each is a slice of the same pool of random numbers, repeated, from its own offset: drawing eleven million fresh
    numbers takes ten times as long as the forward pass that they are for.

    Args:
        shapes: of the parameters by name; they are drawn in this order.
        seed: of the generator.

    Raises:
        ValueError: the shapes, which may come from a stranger, are not those of a network of sensible size.
    """
    numbers = sum(map(math.prod, shapes.values()))
    if numbers > MAX_NUMBERS or any(size < 0 for shape in shapes.values() for size in shape):
        raise ValueError(f"a network of {numbers} parameters")
    rng = torch.Generator().manual_seed(seed)
    longest = max((math.prod(shape) for shape in shapes.values()), default=0)
    pool = torch.randn(POOL, generator=rng).repeat(2 + longest // POOL)
    for name, shape in shapes.items():
        start = int(torch.randint(POOL, (), generator=rng))
        noise = pool[start : start + math.prod(shape)].view(shape)
        yield name, noise / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.5 + 0.2 * noise
