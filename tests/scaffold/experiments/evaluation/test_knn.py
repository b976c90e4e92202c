"""Nearest neighbours vote as in a loop, and measuring leaves the encoder as it was."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("reference")


def knn_by_loop(bank: Tensor, labels: Tensor, query: Tensor, k: int, temperature: float) -> int:
    """Lets the k nearest vote for the class of one query."""
    similarities = [float(query @ row / (query.norm() * row.norm())) for row in bank]
    votes: dict[int, float] = {}
    for place in sorted(range(len(bank)), key=lambda i: -similarities[i])[:k]:
        vote = math.exp(similarities[place] / temperature)
        votes[int(labels[place])] = votes.get(int(labels[place]), 0.0) + vote
    return max(votes, key=votes.__getitem__)


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.1), (7, 0.1), (7, 10.0), (50, 0.5)])
def test_nearest_neighbours_vote_as_in_a_loop(k: int, temperature: float) -> None:
    from experiments.evaluation.knn import knn_accuracy

    generator = torch.Generator().manual_seed(k)
    centres = torch.randn(4, 6, generator=generator).double()
    labels, truth = (torch.randint(4, (n,), generator=generator) for n in (23, 40))
    bank = centres[labels] + torch.randn(23, 6, generator=generator).double() * 1.5
    queries = (centres[truth] + torch.randn(40, 6, generator=generator).double()) * torch.rand(40, 1).double() * 9
    expected = [
        knn_by_loop(bank, labels, query, k, temperature) == int(true)
        for query, true in zip(queries, truth, strict=True)
    ]
    assert knn_accuracy(bank, labels, queries, truth, k, temperature) == pytest.approx(sum(expected) / 40)
    assert 0 < sum(expected) < 40


def test_measuring_neighbours_leaves_training_as_it_was() -> None:
    from experiments.evaluation.knn import KNN

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten()).train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    images = torch.randint(256, (60, 3, 8, 8), dtype=torch.uint8)
    knn = KNN(images, torch.arange(60) % 5, 30, 20, 3, torch.device("cpu"))
    assert not set(knn.bank.tolist()) & set(knn.queries.tolist())
    assert (len(knn.bank), len(knn.queries)) == (30, 12)  # a fifth of the photographs at most
    state = torch.get_rng_state()
    first = knn.accuracy(encoder)
    assert knn.accuracy(encoder) == first
    assert encoder.training and all(parameter.requires_grad for parameter in encoder.parameters())
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())
