"""Episodes: the small classification problems on which a Prototypical Network is trained and tested.

An episode is an "N-way K-shot" problem (Snell et al. 2017, arXiv 1703.05175, algorithm 1, the first lines): `n_way`
classes, for each of them `n_support` labelled images to learn from and `n_query` other images to classify.

Next: `protonet.py` embeds an episode and classifies its queries.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Episode(NamedTuple):
    """One N-way K-shot problem. Row c of both tensors belongs to the episode's class c.

    Attributes:
        support: (n_way, n_support, C, H, W), the labelled images.
        query: (n_way, n_query, C, H, W), the images to classify.
    """

    support: Tensor
    query: Tensor


def sample_episode(
    images: Tensor, labels: Tensor, n_way: int, n_support: int, n_query: int, generator: torch.Generator
) -> Episode:
    """Draws a random episode: `n_way` distinct classes, and from each `n_support + n_query` distinct images.

    Every class of `labels` is as likely as any other, and so is every image of a class, whatever was drawn from the
    other classes. No image is both support and query. All randomness comes from `generator`: the same generator state
    gives the same episode, the next call gives another one, and torch's global random state is neither read nor
    changed. `images` and `labels` are left as they are.

    Args:
        images: (N, C, H, W), any dtype.
        labels: (N,) int64, the class of each image: any integers, in any order; the images of a class may be scattered.
        n_way: how many classes.
        n_support: how many labelled images of each class (the "shot").
        n_query: how many images of each class to classify.
        generator: where all randomness comes from.

    Returns:
        The episode; its tensors have the dtype of `images`.

    Raises:
        ValueError: there are fewer than `n_way` classes, or a drawn class has fewer than `n_support + n_query` images.
            A class that is too small is as likely as any other, and is not an error unless it is drawn.

    Example:
        With labels [7, 7, 7, 9, 9, 9], n_way=2, n_support=1 and n_query=2, row 0 may be class 9: then its support image
        is one of the images 3, 4, 5, its two queries are the other two in any order, and row 1 is class 7.

    Hint:
        `torch.randperm(n, generator=generator)` is a random order of 0, …, n-1; its first k entries are k distinct
        draws.
    """
    raise NotImplementedError(
        "TODO sample_episode: write sample_episode as the docstring says; tests/test_episodes.py shows it"
    )
