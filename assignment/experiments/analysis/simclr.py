"""What a pretrained SimCLR does: views of photographs, nearest neighbours, maps, which classes are confused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from stages.simclr import SimCLR
from torch import Tensor, nn

from experiments.analysis.artifacts import confusion, maps, to_bytes
from experiments.data.cifar10 import Photos
from experiments.evaluation.classifiers import features
from experiments.training.artifacts import Artifacts
from experiments.training.checkpoint import seed_everything
from experiments.training.run import Run


@torch.no_grad()
def collect(
    model: SimCLR,
    untrained: SimCLR,
    test: Photos,
    augmentation: nn.Module,
    seed: int,
    device: torch.device,
    n: int = 2000,
) -> Artifacts:
    """Returns views of photographs, nearest neighbours, and maps.

    Args:
        model: the pretrained `SimCLR`.
        untrained: the same model before pretraining.
        test: the test photographs, of which the first `n` are embedded.
        augmentation: the augmentation of pretraining.
        seed: the seed of the views.
        device: where to compute.
        n: how many test photographs to embed; the maps have 700 of them.
    """
    images, labels = test.images[:n], test.labels[:n]
    before, after = (features(net.encoder, images, device) for net in (untrained, model))
    neighbours = _neighbours(after, images, labels)
    neighbours["share_before"] = _neighbours(before, images, labels)["share"]
    shown_maps = maps(before[:700], after[:700], labels[:700])
    return {"views": _views(test.images[:5], augmentation, seed), "neighbours": neighbours, "maps": shown_maps}


def _neighbours(encoded: Tensor, images: Tensor, labels: Tensor, k: int = 8) -> dict[str, Any]:
    """Returns a photograph of each class with the `k` most similar others, and the share that are of its class."""
    k = min(k, len(images) - 1)
    directions = F.normalize(encoded, dim=1)
    similarities = (directions @ directions.T).fill_diagonal_(-2)
    top = similarities.topk(k, dim=1)  # (N, k)
    same = labels[top.indices] == labels[:, None]
    queries = torch.stack([(labels == label).nonzero()[0, 0] for label in labels.unique()])
    return {
        "queries": images[queries],
        "query_labels": labels[queries],
        "nearest": images[top.indices[queries]],
        "nearest_labels": labels[top.indices[queries]],
        "similarities": top.values[queries],
        "share": same.float().mean().item(),
        "among": len(images),
    }


def mistakes(run: Run, protocols: Sequence[str]) -> dict[str, Tensor]:
    """Returns the confusion matrices (10, 10) of the probe and the baseline under the given protocols, by phase."""
    found = {}
    for name in (f"{kind}-{protocol}" for protocol in protocols for kind in ("probe", "baseline")):
        state = run.phase(name).state or {}
        found[name] = confusion(state["truth"], state["predictions"], 10)
    return found


def _views(photos: Tensor, augmentation: nn.Module, seed: int, n_pairs: int = 4) -> dict[str, Any]:
    """Returns photographs with pairs of the views that pretraining makes of them."""
    seed_everything(seed)
    views = [to_bytes(augmentation(photos.float() / 255)) for _ in range(2 * n_pairs)]
    return {"photos": photos, "views": torch.stack(views, dim=1)}  # (5, 2 * n_pairs, 3, S, S)
