"""What both experiments keep with a run: images as bytes, maps of embeddings, counts of mistakes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from experiments.analysis.tsne import same_class_nearest, tsne


def to_bytes(images: Tensor) -> Tensor:
    """Returns images in [0, 1] as uint8 on the CPU."""
    return (images.cpu().clamp(0, 1) * 255).round().to(torch.uint8)


def maps(before: Tensor, after: Tensor, labels: Tensor) -> dict[str, Any]:
    """Returns maps of the embeddings (N, D) of the same images before and after training, and how pure both are."""
    found: dict[str, Any] = {"labels": labels}
    for name, embeddings in (("before", before), ("after", after)):
        found |= {name: tsne(embeddings), f"nearest_{name}": same_class_nearest(embeddings, labels)}
    return found


def confusion(truth: Tensor, predictions: Tensor, n_classes: int) -> Tensor:
    """Returns (n_classes, n_classes) int64: how often class i (row) was classified as class j (column)."""
    pairs = truth.long() * n_classes + predictions.long()
    return pairs.bincount(minlength=n_classes**2).reshape(n_classes, n_classes)
