"""Which photographs: orders and class-balanced choices that depend only on a seed, whatever was drawn before."""

from __future__ import annotations

import torch
from torch import Tensor


def to_float(images: Tensor) -> Tensor:
    """Turns uint8 images into float32 in [0, 1]; leaves floating tensors as they are."""
    return images.float() / 255 if images.dtype == torch.uint8 else images


def shuffled(n: int, seed: int, epoch: int) -> Tensor:
    """Returns a random order of 0, …, n-1 that depends only on seed and epoch."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))


def balanced(labels: Tensor, n: int, seed: int) -> Tensor:
    """Chooses n samples with as many of each class as possible.

    The whole order is balanced, and so is any first part of it. A smaller choice with the same seed is therefore the
    beginning of a larger one.

    Args:
        labels: (N,) int64.
        n: how many, at most N.
        seed: the seed of the choice.

    Returns:
        (n,) int64, distinct indices of samples.
    """
    order = shuffled(len(labels), seed, 0)
    rank = torch.empty_like(order)  # how many of its class come before a sample
    for label in labels.unique():
        own = (labels[order] == label).nonzero().flatten()
        rank[own] = torch.arange(len(own))
    return order[rank.argsort(stable=True)][:n]


def held_out(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Splits labelled samples into those to train on and a class-balanced share, at least one sample, to validate on.

    Returns:
        Two tensors of indices, (N - H,) and (H,) int64.
    """
    order = balanced(labels, len(labels), seed)
    n_held_out = max(1, round(share * len(labels)))
    return order[n_held_out:], order[:n_held_out]
