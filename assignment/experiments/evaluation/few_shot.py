"""Few-shot accuracy of a trained Prototypical Network, over many test episodes.

In evaluation mode an image's embedding does not depend on its neighbours. So the test images are embedded once, and
the episodes are drawn among the embeddings: the same figures as embedding every episode, in a fraction of the time.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from stages.protonet import compute_prototypes, squared_euclidean
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Setting(NamedTuple):
    """A test setting, the accuracies of its episodes (fractions in [0, 1]), and the network's name."""

    n_way: int
    n_support: int
    n_query: int
    accuracies: list[float]
    network: str = ""


def folded(encoder: nn.Module) -> nn.Module:
    """Returns a copy for evaluation that computes the same, up to rounding, in less time.

    A batch normalisation that follows a convolution scales and shifts its channels by constants: they are folded into
    the convolution's weights, which saves a pass over memory. Where there is no such pair, nothing changes.
    """
    copied = copy.deepcopy(encoder).eval()
    for module in copied.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for index, (first, second) in enumerate(itertools.pairwise(list(module))):
            if type(first) is nn.Conv2d and isinstance(second, nn.BatchNorm2d) and second.running_mean is not None:
                module[index], module[index + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return copied.to(memory_format=torch.channels_last)


@torch.no_grad()
def embed(encoder: nn.Module, images: Tensor, device: torch.device, batch_size: int = 250) -> Tensor:
    """Embeds images in evaluation mode: (N, C, H, W) -> (N, D) float32 on the CPU; the encoder is not changed."""
    network = folded(encoder)
    return torch.cat([network(batch.to(device)).float().cpu() for batch in images.split(batch_size)])


def draw_episodes(labels: Tensor, n_way: int, n_images: int, n_episodes: int, generator: torch.Generator) -> Tensor:
    """Draws episodes as `sample_episode` does, many at once.

    Args:
        labels: (N,) int64, the class of each image.
        n_way: how many distinct classes, each as likely as any other.
        n_images: how many distinct images of each class, each as likely as any other.
        n_episodes: E, how many episodes.
        generator: the source of all randomness.

    Returns:
        (E, n_way, n_images) int64, which images make up each episode.
    """
    _, classes, sizes = labels.unique(return_inverse=True, return_counts=True)
    if len(sizes) < n_way or int(sizes.min()) < n_images:
        raise ValueError(
            f"{n_way} classes of {n_images} images are needed; there are {len(sizes)} of {int(sizes.min())}"
        )
    members = classes.argsort(stable=True)  # (N,) the images, class by class
    starts = sizes.cumsum(0) - sizes  # where in `members` each class begins
    chosen = torch.rand(n_episodes, len(sizes), generator=generator).topk(n_way).indices  # (E, n_way) classes
    keys = torch.rand(n_episodes, n_way, int(sizes.max()), generator=generator)
    keys[torch.arange(int(sizes.max())) >= sizes[chosen, None]] = -1  # a class with fewer images ends earlier
    places = keys.topk(n_images).indices  # (E, n_way, n_images), within the class
    drawn: Tensor = members[starts[chosen, None] + places]  # (E, n_way, n_images)
    return drawn


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
        seed: the seed of the episodes.
    """
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(n_way).repeat_interleave(n_query)
    accuracies = []
    for episode in draw_episodes(labels, n_way, n_support + n_query, n_episodes, generator):
        support, query = embeddings[episode].split([n_support, n_query], dim=1)  # (n_way, n_support or n_query, D)
        distances = squared_euclidean(query.flatten(0, 1), compute_prototypes(support))  # (n_way * n_query, n_way)
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
    network: str = "",
) -> list[Setting]:
    """Evaluates every combination of ways and shots on `n_episodes` episodes each; `network` is the encoder's name."""
    embeddings = embed(encoder, images, device)
    return [
        Setting(
            way, shot, n_query, episode_accuracies(embeddings, labels, way, shot, n_query, n_episodes, seed), network
        )
        for way in ways
        for shot in shots
    ]
