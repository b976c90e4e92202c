"""Few-shot accuracy of a trained Prototypical Network, over many test episodes.

In evaluation mode an image's embedding does not depend on its neighbours. So the test images are embedded once, and
the episodes are drawn among the embeddings: the same figures as embedding every episode, hundreds of times faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from stages.episodes import sample_episode
from stages.protonet import compute_prototypes, squared_euclidean
from torch import Tensor, nn


class Setting(NamedTuple):
    """A test setting and the accuracies of its episodes, fractions in [0, 1]."""

    n_way: int
    n_support: int
    n_query: int
    accuracies: list[float]


@torch.no_grad()
def embed(encoder: nn.Module, images: Tensor, device: torch.device, batch_size: int = 1000) -> Tensor:
    """Embeds images in evaluation mode: (N, C, H, W) -> (N, D) float32 on the CPU; the encoder's mode is restored."""
    was_training = encoder.training
    encoder.eval()
    embeddings = [encoder(batch.to(device)).float().cpu() for batch in images.split(batch_size)]
    encoder.train(was_training)
    return torch.cat(embeddings)


@torch.no_grad()
def episode_accuracies(
    embeddings: Tensor, labels: Tensor, n_way: int, n_support: int, n_query: int, n_episodes: int, seed: int
) -> list[float]:
    """Returns the accuracy in each of `n_episodes` random episodes of one setting.

    Args:
        embeddings: (N, D) float32.
        labels: (N,) int64.
        n_way, n_support, n_query: the setting.
        n_episodes: how many episodes.
        seed: of the episodes.
    """
    generator = torch.Generator().manual_seed(seed)
    pictures = embeddings[:, :, None, None]  # (N, D, 1, 1): an embedding is an image of one pixel to the sampler
    truth = torch.arange(n_way).repeat_interleave(n_query)
    accuracies = []
    for _ in range(n_episodes):
        episode = sample_episode(pictures, labels, n_way, n_support, n_query, generator)
        prototypes = compute_prototypes(episode.support.flatten(2))  # (n_way, D)
        distances = squared_euclidean(episode.query.flatten(0, 1).flatten(1), prototypes)  # (n_way * n_query, n_way)
        accuracies.append((distances.argmin(dim=1) == truth).float().mean().item())
    return accuracies


def evaluate(
    encoder: nn.Module,
    images: Tensor,
    labels: Tensor,
    ways: Sequence[int],
    shots: Sequence[int],
    n_query: int,
    n_episodes: int,
    seed: int,
    device: torch.device,
) -> list[Setting]:
    """Evaluates every combination of ways and shots on `n_episodes` episodes each."""
    embeddings = embed(encoder, images, device)
    return [
        Setting(way, shot, n_query, episode_accuracies(embeddings, labels, way, shot, n_query, n_episodes, seed))
        for way in ways
        for shot in shots
    ]
