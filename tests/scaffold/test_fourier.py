"""Convolutions by Fourier coefficients are the plain ones, to rounding, and only where they are meant to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("reference")


def convolve(
    convolution: Callable[..., Tensor], maps: Tensor, weight: Tensor, gradient: Tensor, dtype: torch.dtype
) -> tuple[Tensor, ...]:
    """The result and both gradients of a convolution; in bfloat16 as in training, the weights in float32."""
    weight = weight.to(torch.float32 if dtype == torch.bfloat16 else dtype).clone().requires_grad_()
    maps = maps.to(dtype).contiguous(memory_format=torch.channels_last).clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        result = convolution(maps, weight)
    return result.detach(), *torch.autograd.grad(result, (maps, weight), gradient.to(dtype))


def plain_convolution(maps: Tensor, weight: Tensor) -> Tensor:
    return nn.functional.conv2d(maps, weight, padding=1)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (3, 5), (4, 4), (6, 5), (8, 8)])
def test_a_product_of_fourier_coefficients_is_a_convolution(height: int, width: int) -> None:
    from experiments.fourier import fourier_convolution

    torch.manual_seed(0)
    maps, weight, gradient = (
        torch.randn(*s).double() for s in ((3, 4, height, width), (5, 4, 3, 3), (3, 5, height, width))
    )
    expected = convolve(plain_convolution, maps, weight, gradient, torch.float64)
    found = convolve(fourier_convolution, maps, weight, gradient, torch.float64)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and torch.allclose(one, other, rtol=0, atol=1e-9)
    assert found[0].is_contiguous(memory_format=torch.channels_last)
    inputs = maps.requires_grad_(), weight.requires_grad_()
    assert torch.autograd.gradcheck(fourier_convolution, inputs, fast_mode=True)


@pytest.mark.parametrize("side", [2, 4, 8])
def test_fourier_coefficients_in_bfloat16_lose_about_as_little_as_pixels(side: int) -> None:
    from experiments.fourier import fourier_convolution

    torch.manual_seed(0)
    maps = torch.relu(torch.randn(16, 64, side, side)).bfloat16()  # as they are after an activation: with a mean
    weight, gradient = torch.randn(48, 64, 3, 3), torch.randn(16, 48, side, side).bfloat16()
    exact = convolve(plain_convolution, maps, weight, gradient, torch.float64)
    plain = convolve(plain_convolution, maps, weight, gradient, torch.bfloat16)
    found = convolve(fourier_convolution, maps, weight, gradient, torch.bfloat16)
    for limit, one, other, true in zip((1.9, 1.9, 2.4), found, plain, exact, strict=True):
        assert one.dtype == other.dtype
        errors = [(values.double() - true).square().mean().sqrt() for values in (one, other)]
        assert errors[0] < limit * errors[1]


def test_only_training_in_bfloat16_on_the_processor_goes_by_fourier_coefficients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import experiments.small_maps
    from experiments.fourier import fourier_convolution
    from experiments.precision import MixedPrecision

    shapes = []

    def watched(maps: Tensor, weight: Tensor) -> Tensor:
        shapes.append(tuple(maps.shape))
        return fourier_convolution(maps, weight)

    monkeypatch.setattr(experiments.small_maps, "fourier_convolution", watched)
    torch.manual_seed(0)
    for channels, stride, images in ((128, 1, torch.rand(64, 128, 4, 4)), (128, 2, torch.rand(64, 128, 4, 4)),
                                     (64, 1, torch.rand(64, 64, 4, 4)), (128, 1, torch.rand(32, 128, 4, 4)),
                                     (128, 1, torch.rand(64, 128, 9, 4))):  # fmt: skip
        layer = nn.Conv2d(channels, 128, 3, stride, 1, bias=False)
        plain = layer(images)
        network = MixedPrecision(experiments.small_maps.skip_padding(nn.Sequential(layer)), "bfloat16")
        assert torch.allclose(network(images), plain, atol=0.03)  # in training
        assert torch.allclose(network.eval()(images), plain, atol=1e-5)
    assert shapes == [(64, 128, 4, 4)]
