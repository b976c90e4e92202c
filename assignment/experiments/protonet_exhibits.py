"""What the report of the ProtoNet experiment shows besides its metrics."""

from __future__ import annotations

from typing import Any

import torch
from stages.episodes import Episode, sample_episode
from torch import Tensor

from experiments import mixups
from experiments.evaluation import embed
from experiments.exhibits import Exhibits, maps, to_bytes


@torch.no_grad()
def collect(
    model: Any, untrained: Any, split: Any, images: Tensor, labels: Tensor, config: Any, device: torch.device
) -> Exhibits:
    """Returns a test episode with its predictions, the maps of ten test characters, and what is taken for what."""
    generator = torch.Generator().manual_seed(config.seed + 1)
    n_query = min(8, int(labels.bincount().min()) - 1)
    episode = sample_episode(images, labels, min(10, max(config.test_ways)), 1, n_query, generator)
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
    mixed_up = mixups.find(images, labels, embed(model.encoder, images, device), split.test.names, seed=config.seed)
    return {"episode": shown, "maps": shown_maps, "mixups": mixed_up}
