"""Which characters a Prototypical Network confuses with which, when it has seen each of them once.

A query is mistaken for another class when that class's support image is nearer to it than its own class's. With 1,692
test classes, any two of them meet in few of 1,000 random episodes, so counting there finds little. But all embeddings
are known: for two classes, every choice of a support image of each and of a query is compared (`pair_rates`), 7,600
for 20 images a class. Which pairs are worth it is found by drawing one support image for each class and comparing
every image with all of them, several times over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from experiments.analysis.artifacts import to_bytes


@torch.no_grad()
def find(
    images: Tensor,
    labels: Tensor,
    embeddings: Tensor,
    names: Sequence[str],
    n_pairs: int = 8,
    n_rotated: int = 4,
    n_rounds: int = 8,
    seed: int = 0,
) -> dict[str, Any]:
    """Finds the pairs of classes that are confused most often.

    Args:
        images: (N, 1, S, S) in [0, 1].
        labels: (N,) int64; class `y` is the character `names[y % C]`, rotated by `y // C` quarter turns.
        embeddings: (N, D) float32, of the images.
        names: of the C characters.
        n_pairs: how many pairs of different characters to return, each two characters once.
        n_rotated: how many pairs of a character and its own rotation, each character once.
        n_rounds: how often every image is compared with a support image of every class.
        seed: the seed of the support images.

    Returns:
        pairs: (P, 2) int64, the classes, the most confused first; pairs of different characters before the others.
        rates: (P, 2) float32, how often the first is mistaken for the second when both are in a 1-shot episode, by the
            distances to these two alone; and how often the second is mistaken for the first.
        drawings: (P, 2, 3, S, S) uint8, the images of both that are mistaken most often.
        names: the names of the characters.
        classes: how many classes there are.
        wrong: the fraction of a query's comparisons with a support image of another class that go wrong.
        turned: the fraction of these that are with a rotation of the query's own character.
        half: how many classes account for half of them.
    """
    counts = _nearer(embeddings, labels, n_rounds, torch.Generator().manual_seed(seed))  # (K, K)
    n_classes, total = len(counts), counts.sum().clamp(min=1)
    compared = n_rounds * (len(labels) - n_classes) * (n_classes - 1)  # no support image is a query
    characters = torch.arange(n_classes) % len(names)
    own_rotation = characters[:, None] == characters
    both = (counts + counts.T).triu(diagonal=1)  # (K, K), each pair once
    chosen: list[tuple[int, int]] = []
    rates: list[Tensor] = []
    for part, wanted in ((both.masked_fill(own_rotation, 0), n_pairs), (both.masked_fill(~own_rotation, 0), n_rotated)):
        candidates = [(pair_rates(embeddings, labels, *pair), pair) for pair in _most(part, characters, 3 * wanted)]
        candidates.sort(key=lambda candidate: -float(candidate[0].sum()))
        rates += [rate for rate, _ in candidates[:wanted]]
        chosen += [pair for _, pair in candidates[:wanted]]
    by_class = counts.sum(dim=1).sort(descending=True).values.cumsum(0)
    size = images.shape[-1]
    mistaken = [_mistaken(images, labels, embeddings, *pair) for pair in chosen]
    return {
        "pairs": torch.tensor(chosen, dtype=torch.int64).reshape(-1, 2),
        "rates": torch.stack(rates) if rates else torch.zeros(0, 2),
        "drawings": torch.stack(mistaken) if mistaken else torch.zeros(0, 2, 3, size, size, dtype=torch.uint8),
        "names": list(names),
        "classes": n_classes,
        "wrong": float(counts.sum() / max(1, compared)),
        "turned": float(counts[own_rotation].sum() / total),
        "half": int((by_class < by_class[-1] / 2).sum()) + 1 if counts.any() else 0,
    }


def _nearer(embeddings: Tensor, labels: Tensor, n_rounds: int, generator: torch.Generator) -> Tensor:
    """Counts (K, K): how often an image of class i (row) is nearer to the support image of j than to that of i."""
    members = labels.argsort(stable=True)
    sizes = labels.bincount()
    n_classes = len(sizes)
    starts = sizes.cumsum(0) - sizes
    counts = torch.zeros(n_classes, n_classes)
    for _ in range(n_rounds):
        places = (torch.rand(n_classes, generator=generator) * sizes).long().clamp(max=sizes - 1)
        support = embeddings[members[starts + places]]  # (K, D)
        norms = support.square().sum(dim=1)
        for rows in torch.arange(len(labels)).split(4096):
            distances = torch.addmm(
                norms, embeddings[rows], support.T, alpha=-2
            )  # without |query|², which is the same for all
            own = distances.gather(1, labels[rows, None])
            counts.index_add_(0, labels[rows], (distances < own).float())
    return counts


def _most(counts: Tensor, characters: Tensor, n: int) -> list[tuple[int, int]]:
    """Returns the `n` pairs (K, K) with the highest counts above 0, of any two characters only the first."""
    n_classes = len(counts)
    values, places = counts.flatten().topk(min(16 * n, counts.numel()))  # rotated together, a pair occurs four times
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for value, place in zip(values.tolist(), places.tolist(), strict=True):
        i, j = divmod(place, n_classes)
        one, other = sorted((int(characters[i]), int(characters[j])))
        if value and len(found) < n:
            found.setdefault((one, other), (i, j))
    return list(found.values())


def pair_rates(embeddings: Tensor, labels: Tensor, first: int, second: int) -> Tensor:
    """Returns (2,): how often a query of `first` is nearer to a support image of `second`, and vice versa.

    Over all choices of a query, of another image of its class as its support image, and of a support image of the other
    class.
    """
    return torch.stack([_wrong(embeddings, labels, *pair).mean() for pair in ((first, second), (second, first))])


def _wrong(embeddings: Tensor, labels: Tensor, own: int, other: int) -> Tensor:
    """Returns (n,): for each image of the class `own`, in how many of its comparisons `other` is nearer."""
    queries, others = embeddings[labels == own].double(), embeddings[labels == other].double()
    to_own, to_other = torch.cdist(queries, queries), torch.cdist(queries, others)  # (n, n), (n, m)
    nearer = to_other[:, None, :] < to_own[:, :, None]  # (n, n, m)
    nearer &= ~torch.eye(len(queries), dtype=torch.bool)[:, :, None]  # no image is its own support image
    return nearer.sum(dim=(1, 2)).float() / max(1, (len(queries) - 1) * len(others))


def _mistaken(images: Tensor, labels: Tensor, embeddings: Tensor, first: int, second: int, n: int = 3) -> Tensor:
    """Returns (2, n, S, S) uint8: the images of two classes that are mistaken for the other class most often."""
    shown = []
    for own, other in ((first, second), (second, first)):
        order = _wrong(embeddings, labels, own, other).argsort(descending=True, stable=True)
        picked = order.repeat(n)[:n] if len(order) < n else order[:n]
        shown.append(to_bytes(images[labels == own][picked, 0]))
    return torch.stack(shown)
