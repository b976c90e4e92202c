"""A distorted drawing is the drawing moved a little."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_a_distorted_drawing_is_the_drawing_moved_a_little() -> None:
    from experiments.data.distortion import Distortion

    torch.manual_seed(0)
    images = torch.zeros(300, 1, 28, 28)
    images[:, :, 12:16, 12:16] = 1
    distortion = Distortion(0.75, turn=10, scale=0.2, shear=0.1, shift=2)
    assert distortion.eval()(images) is images
    moved = distortion.train()(images)
    changed = (moved != images).flatten(1).any(dim=1)
    assert 0.65 < changed.float().mean() < 0.85
    assert len(moved[changed].unique(dim=0)) == changed.sum(), "each has a draw of its own"
    place = torch.arange(28.0)
    ink = moved[:, 0].sum(dim=(1, 2))
    assert ink.min() > 16 * 0.8**2 - 1
    assert ink.max() < 16 * 1.2**2 + 1
    assert ink[changed].std() > 0.5, "they are scaled"
    for dim in (1, 2):
        centre = (moved[:, 0].sum(dim=3 - dim) * place).sum(dim=1) / ink
        assert (centre - 13.5).abs().max() < 2.8  # the shift is turned and scaled with the drawing
        assert (centre - 13.5).abs().max() > 1.5
    still = Distortion(1.0, turn=90, scale=0, shear=0, shift=0)
    image = torch.rand(1, 1, 28, 28)
    still.maps = lambda images: torch.tensor([[[0.0, -1, 0], [1, 0, 0]]])  # type: ignore[method-assign]
    assert torch.allclose(still(image), torch.rot90(image, 1, (2, 3)), atol=1e-5)
