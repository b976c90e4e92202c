"""Convolutions of small maps as products are the convolutions, and others stay what they are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("reference")


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2)])
def test_a_convolution_of_a_small_map_is_the_convolution(stride: int, height: int, width: int) -> None:
    from experiments.acceleration.small_convolutions import SmallMapConv, skip_padding, small_convolution

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3, stride, 1, bias=False)).double()
    maps = torch.randn(4, 3, height, width).double().requires_grad_()
    expected = network(maps)
    weight = network[0].weight
    gradients = torch.autograd.grad(expected.square().sum(), (maps, weight))
    names = list(network.state_dict())
    skip_padding(network)
    assert type(network[0]) is SmallMapConv and network[0].weight is weight
    assert list(network.state_dict()) == names
    found = network(maps)
    assert found.shape == expected.shape
    assert torch.allclose(found, expected)
    for one, other in zip(torch.autograd.grad(found.square().sum(), (maps, weight)), gradients, strict=True):
        assert torch.allclose(one, other)
    if height < 3:
        assert torch.equal(found, small_convolution(maps, weight, stride))


def test_small_maps_in_bfloat16_are_convolved_in_bfloat16() -> None:
    from experiments.acceleration.small_convolutions import skip_padding
    from experiments.training.precision import MixedPrecision

    torch.manual_seed(0)
    for side, stride in ((1, 1), (2, 1), (2, 2)):
        layer = nn.Conv2d(64, 16, 3, stride, 1, bias=False)
        images = torch.rand(2, 64, side, side)
        plain = layer(images)
        network = MixedPrecision(skip_padding(nn.Sequential(layer)), "bfloat16")
        rough = network(images)  # in training
        assert torch.allclose(rough, plain, atol=0.03) and not torch.equal(rough, plain)
        assert torch.allclose(network.eval()(images), plain, atol=1e-5)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 4, 3, padding=1),
        nn.Conv2d(4, 4, 3, padding=0, bias=False),
        nn.Conv2d(4, 4, 1, bias=False),
        nn.Conv2d(4, 4, 1, stride=2, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular", bias=False),
    ],
)
def test_other_convolutions_stay_what_they_are(convolution: nn.Conv2d) -> None:
    from experiments.acceleration.small_convolutions import skip_padding

    assert skip_padding(nn.Sequential(convolution))[0] is convolution  # type: ignore[index]
