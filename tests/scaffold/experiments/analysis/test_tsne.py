"""Maps keep groups together, and are the same again."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_maps_keep_groups_together_and_are_the_same_again() -> None:
    from experiments.analysis.tsne import principal_components, same_class_nearest, tsne

    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(4).repeat(25)
    points = 6 * torch.randn(4, 30, generator=generator)[labels] + torch.randn(100, 30, generator=generator)
    noise = torch.randn(100, 30, generator=generator)
    plane = tsne(points)
    assert plane.shape == (100, 2)
    assert same_class_nearest(plane, labels) == 1.0
    centres = torch.stack([plane[labels == label].mean(0) for label in range(4)])
    spread = max(plane[labels == label].std(0).max() for label in range(4))
    assert torch.pdist(centres).min() > 3 * spread
    assert torch.equal(tsne(points), plane)
    assert same_class_nearest(tsne(noise), labels) < 0.6
    assert tsne(points[:3]).shape == (3, 2)
    flat = torch.randn(50, 2, generator=generator) * torch.tensor([5.0, 2.0])
    found = principal_components(flat @ torch.linalg.qr(torch.randn(6, 2, generator=generator)).Q.T + 3)
    assert torch.allclose(torch.pdist(found), torch.pdist(flat), atol=1e-3)
    assert found.var(dim=0)[0] > found.var(dim=0)[1]


def test_a_perplexity_is_the_number_of_neighbours() -> None:
    from experiments.analysis.tsne import _neighbour_probabilities

    points = torch.randn(80, 5, generator=torch.Generator().manual_seed(1))
    p = _neighbour_probabilities(points, 12.0)
    entropy = -(p * p.clamp(min=1e-30).log()).sum(1)
    assert torch.allclose(entropy.exp(), torch.full((80,), 12.0), rtol=1e-3)
    assert torch.equal(p.diagonal(), torch.zeros(80))
