"""Convolutions on small maps, as the matrix products that they are.

With the stem for large images, a 32x32 photograph is a 2x2 map in ResNet-18's third layer and one pixel in its fourth.
There a 3x3 convolution multiplies most of its weights with padding. Without the padding it is a dense matrix that maps
the pixels of a map to those of the next: 9 times fewer multiplications for one pixel, 2.25 times fewer for 2x2.

Where a layer halves maps of up to 4x4 or 8x8 pixels, the filters times the pixels that each of them sees take a third
to a sixth of the library's time in bfloat16, whose kernels for this case are slow.
Next: `fourier.py`, for the other maps of up to 8x8 pixels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.fourier import bfloat16_on_cpu, fourier_convolution, pays


class SmallMapConv(nn.Conv2d):
    """A convolution of 3x3 with padding 1, or of 1x1, without bias: on small maps in the way that is fastest there."""

    def forward(self, maps: Tensor) -> Tensor:
        """Convolves: (B, Ci, H, W) -> (B, Co, H', W')."""
        side, stride, size = max(maps.shape[2:]), self.stride[0], self.kernel_size[0]
        if size == 3 and pays(maps, self.out_channels, stride):
            return fourier_convolution(maps, self.weight)
        if size == 3 and side <= 2:
            return small_convolution(maps, self.weight, stride)
        if stride == 2 and side <= (8 if size == 3 and self.in_channels >= 128 else 4) and quick(maps):
            return seen_pixels_convolution(maps, self.weight)
        return super().forward(maps)


def quick(maps: Tensor) -> bool:
    """Whether maps are in the case for which `seen_pixels_convolution` is the faster: bfloat16 on a CPU, even sides."""
    even = maps.shape[2] % 2 == maps.shape[3] % 2 == 0
    return even and bfloat16_on_cpu(maps)


def seen_pixels_convolution(maps: Tensor, weight: Tensor) -> Tensor:
    """The convolution with stride 2 of maps (B, Ci, H, W), H and W even: (B, Co, H/2, W/2).

    The weights are (Co, Ci, 3, 3), with padding 1, or (Co, Ci, 1, 1). Every pixel of the result has a row of its own of
    the pixels that the filters see there, (B, H/2, W/2, 9 Ci), which is multiplied by the filters.
    """
    if torch.is_autocast_enabled(maps.device.type):
        maps = maps.to(torch.get_autocast_dtype(maps.device.type))
    pixels = maps[:, :, ::2, ::2].permute(0, 2, 3, 1) if weight.shape[2] == 1 else _SeenPixels.apply(maps)
    return F.linear(pixels, weight.permute(0, 2, 3, 1).flatten(1)).permute(0, 3, 1, 2)


class _SeenPixels(torch.autograd.Function):
    """(B, C, H, W) -> (B, H/2, W/2, 9 C): what a 3x3 filter with padding 1 and stride 2 sees, channels last."""

    @staticmethod
    def forward(context: Any, maps: Tensor) -> Tensor:
        n, channels, height, width = context.shape = maps.shape
        padded = maps.new_zeros(n, height + 1, width + 1, channels)  # the last row and column are never seen
        padded[:, 1:, 1:] = maps.permute(0, 2, 3, 1)
        down, right = padded.stride()[1:3]
        shape, strides = (n, height // 2, width // 2, 3, 3, channels), (padded.stride(0), 2 * down, 2 * right)
        return padded.as_strided(shape, (*strides, down, right, 1)).reshape(*shape[:3], -1)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        n, channels, height, width = context.shape
        padded = gradient.new_zeros(n, height + 1, width + 1, channels)
        taps = gradient.reshape(n, height // 2, width // 2, 3, 3, channels)
        for row in range(3):
            for column in range(3):
                padded[:, row : row + height - 1 : 2, column : column + width - 1 : 2] += taps[:, :, :, row, column]
        return padded[:, 1:, 1:].permute(0, 3, 1, 2)


def small_convolution(maps: Tensor, weight: Tensor, stride: int) -> Tensor:
    """The convolution with padding 1 of maps (B, Ci, H, W) with weights (Co, Ci, 3, 3), where H, W <= 2."""
    n, channels, height, width = maps.shape
    if torch.is_autocast_enabled(maps.device.type):
        weight = weight.to(torch.get_autocast_dtype(maps.device.type))  # before it is taken apart
    tops, lefts = range(1, 1 - height, -stride), range(1, 1 - width, -stride)
    parts = [weight[:, :, top : top + height, left : left + width] for top in tops for left in lefts]
    matrix = torch.stack(parts).permute(0, 1, 3, 4, 2).reshape(-1, height * width * channels)  # (H'W'Co, HWCi)
    pixels = F.linear(maps.permute(0, 2, 3, 1).reshape(n, -1), matrix)  # (B, H'W'Co)
    return pixels.view(n, len(tops), len(lefts), -1).permute(0, 3, 1, 2)


def skip_padding(network: nn.Module) -> nn.Module:
    """Replaces a network's 3x3 convolutions, and those of 1x1 that halve, by `SmallMapConv`; the weights stay.

    Returns:
        The network.
    """
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Conv2d and _fits(child):
                new = SmallMapConv(
                    child.in_channels, child.out_channels, child.kernel_size[0], child.stride[0],
                    padding=child.kernel_size[0] // 2, bias=False, device="meta",
                )  # fmt: skip
                new.weight = child.weight
                setattr(module, name, new)
    return network


def _fits(convolution: nn.Conv2d) -> bool:
    settings = (convolution.kernel_size, convolution.padding, convolution.dilation, convolution.groups)
    same_strides = convolution.stride[0] == convolution.stride[1]
    zeros = convolution.padding_mode == "zeros"
    known = settings == ((3, 3), (1, 1), (1, 1), 1)
    known |= settings == ((1, 1), (0, 0), (1, 1), 1) and convolution.stride == (2, 2)
    return known and convolution.bias is None and same_strides and zeros
