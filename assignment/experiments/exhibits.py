"""What a report shows besides figures of the metrics: images, maps, predictions. They are kept with the run.

They lie in the run's folder as `exhibits.pt`, tensors and plain values only, so that a page can be drawn again from the
folder alone, without the data and without the network. What they are: `protonet_exhibits.py`, `simclr_exhibits.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from experiments.embedding_map import same_class_nearest, tsne

NAME = "exhibits.pt"
Exhibits = dict[str, dict[str, Any]]


def save(directory: Path, exhibits: Exhibits) -> None:
    """Writes the exhibits into a run's folder."""
    own = {
        group: {name: part.detach().cpu().clone() if isinstance(part, Tensor) else part for name, part in parts.items()}
        for group, parts in exhibits.items()
    }  # clones: of a view, torch would write all that it is a view of
    torch.save(own, directory / NAME)


def load(directory: Path) -> Exhibits:
    """Returns the exhibits of a run; none if it has none that can be read."""
    try:
        return torch.load(directory / NAME, map_location="cpu", weights_only=True)
    except Exception:  # of many kinds, as the file may be anything; a report does without it
        return {}


def to_bytes(images: Tensor) -> Tensor:
    """Returns images in [0, 1] as uint8 on the CPU."""
    return (images.cpu().clamp(0, 1) * 255).round().to(torch.uint8)


def maps(before: Tensor, after: Tensor, labels: Tensor) -> dict[str, Any]:
    """Returns maps of the embeddings (N, D) of the same images before and after training, and how pure they are."""
    found: dict[str, Any] = {"labels": labels}
    for name, embeddings in (("before", before), ("after", after)):
        found |= {name: tsne(embeddings), f"nearest_{name}": same_class_nearest(embeddings, labels)}
    return found


def confusion(truth: Tensor, predictions: Tensor, n_classes: int) -> Tensor:
    """Returns (n_classes, n_classes) int64: how often class i (row) was taken for class j (column)."""
    pairs = truth.long() * n_classes + predictions.long()
    return pairs.bincount(minlength=n_classes**2).reshape(n_classes, n_classes)
