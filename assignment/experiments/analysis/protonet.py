"""What a trained ProtoNet does: a test episode, maps of test characters, which ones it confuses."""

from __future__ import annotations

import torch
from stages.episodes import Episode, sample_episode
from stages.protonet import ProtoNet
from torch import Tensor

from experiments.analysis import confusions
from experiments.analysis.artifacts import maps, to_bytes
from experiments.data.omniglot import OmniglotSplit
from experiments.evaluation.few_shot import embed
from experiments.training.artifacts import Artifacts


@torch.no_grad()
def collect(
    model: ProtoNet,
    untrained: ProtoNet,
    split: OmniglotSplit,
    images: Tensor,
    labels: Tensor,
    n_way: int,
    seed: int,
    device: torch.device,
) -> Artifacts:
    """Returns a test episode with its predictions, the maps of ten test characters, and which are confused.

    Args:
        model: the trained network.
        untrained: the same network before training.
        split: which characters there are.
        images: (N, 1, S, S), the test images, with the rotations.
        labels: (N,) int64, their classes.
        n_way: the number of classes of the episode.
        seed: the seed of the episode and of the comparisons.
        device: where the networks are.
    """
    generator = torch.Generator().manual_seed(seed + 1)
    n_query = min(8, int(labels.bincount().min()) - 1)
    episode = sample_episode(images, labels, n_way, 1, n_query, generator)
    model.eval()
    output = model(Episode(episode.support.to(device), episode.query.to(device)))
    shown = {
        "support": to_bytes(episode.support),
        "query": to_bytes(episode.query),
        "predictions": output.predictions.cpu(),
    }
    chosen = split.test.select(split.test.names[:: max(1, len(split.test.names) // 10)][:10])
    firsts = torch.stack([(chosen.labels == label).nonzero()[0, 0] for label in range(len(chosen.names))])
    before, after = (embed(net.encoder, chosen.images, device) for net in (untrained, model))
    shown_maps = maps(before, after, chosen.labels)
    shown_maps |= {"glyphs": to_bytes(chosen.images[firsts, 0]), "names": list(chosen.names)}
    confused = confusions.find(images, labels, embed(model.encoder, images, device), split.test.names, seed=seed)
    return {"episode": shown, "maps": shown_maps, "mixups": confused}
