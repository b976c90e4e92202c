"""Splits the loss over two further files, one of which imports the other."""

from .losses import contrastive as nt_xent_loss


# file: losses.py
"""Contrastive losses."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy

from . import vectors


def contrastive(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    """NT-Xent: each view has to find the other one among all."""
    n = len(z1)
    cosine = vectors.cosines(vectors.stacked(z1, z2)) / temperature
    others = vectors.without_diagonal(cosine)
    # Without the diagonal, the columns to the right of it stand one place further left.
    first = vectors.arange(n, like=z1) + n - 1
    second = vectors.arange(n, like=z1)
    return (cross_entropy(others[:n], first) + cross_entropy(others[n:], second)) / 2


# file: vectors.py
"""Arithmetic with rows of vectors."""

import torch


def stacked(*parts):
    return torch.cat(parts)


def arange(n, like):
    return torch.arange(n, device=like.device)


def cosines(z):
    unit = torch.nn.functional.normalize(z, dim=1)
    return torch.einsum("id,jd->ij", unit, unit)


def without_diagonal(square):
    n = len(square)
    return square.flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1) if n > 1 else square[:, :0]
