"""Maps keep groups together, and are the same again."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_maps_keep_groups_together_and_are_the_same_again() -> None:
    from experiments.analysis.tsne import same_class_nearest, tsne

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
    collapsed = tsne(torch.zeros(20, 8))
    assert collapsed.shape == (20, 2)
    assert collapsed.isfinite().all()
