"""Nearest neighbours are the most similar others."""

from __future__ import annotations

import math

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_nearest_neighbours_are_the_most_similar_others() -> None:
    from experiments.analysis.simclr import _neighbours

    angles = torch.tensor([0.0, 0.1, 0.25, 3.0, 3.1])
    encoded = torch.stack([angles.cos(), angles.sin()], 1) * torch.tensor([[1.0], [9.0], [1.0], [2.0], [5.0]])
    images = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 2, 2)
    shown = _neighbours(encoded, images, torch.tensor([0, 0, 1, 1, 1]), k=2)
    assert shown["queries"][:, 0, 0, 0].tolist() == [0, 2], "the first photograph of each class"
    assert shown["nearest"][:, :, 0, 0, 0].tolist() == [[1, 2], [1, 0]]
    assert shown["nearest_labels"].tolist() == [[0, 1], [0, 0]]
    assert float(shown["similarities"][0, 0]) == pytest.approx(math.cos(0.1))
    assert shown["share"] == pytest.approx((1 + 1 + 0 + 2 + 2) / 10)
