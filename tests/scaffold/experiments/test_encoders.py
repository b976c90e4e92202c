"""The stems of ResNet-18 give maps as fine as they say."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


@pytest.mark.parametrize(("stem", "side"), [("cifar", 32), ("imagenet", 8)])
def test_a_stem_decides_how_fine_the_maps_are(stem: str, side: int) -> None:
    from experiments.encoders import make_encoder

    torch.manual_seed(0)
    encoder = make_encoder(stem, "float32")  # type: ignore[arg-type]
    shapes = []
    encoder.network.layer1.register_forward_hook(lambda module, inputs, output: shapes.append(output.shape))
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, 512)
    assert shapes == [(2, 64, side, side)]
