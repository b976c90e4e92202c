"""Convolutions on small maps as products of Fourier coefficients: a quarter of the multiplications.

A 3x3 convolution with padding 1 reaches one row and one column over the edge of a map. On a map with one more row and
column of zeros it may therefore go round, and going round is what the discrete Fourier transform turns into products:
a coefficient of the result is that of the map times that of the weights. Of two conjugate coefficients one is enough,
and three real products make a complex one, so that a 4x4 map takes 37 products for each pair of channels instead of
144, an 8x8 map 121 instead of 576. To and fro go matrices of cosines, small ones because the maps are small.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

MAP_SIDES = range(2, 9)  # beyond, the matrices of cosines cost more than they save
MIN_BATCH, MIN_CHANNELS = 64, 128  # below, so does the transform of the weights, and that of the maps


class Terms(NamedTuple):
    """The R products: result = result_of @ ((taps @ weights) * (pixels @ map)) * unit, for one pair of channels."""

    pixels: Tensor  # (R, H*W)
    taps: Tensor  # (R, 9)
    result_of: Tensor  # (H*W, R)
    unit: float


def pays(maps: Tensor, out_channels: int, stride: int) -> bool:
    """Whether `fourier_convolution` is the faster one: maps (B, Ci, H, W) in training on a CPU in bfloat16."""
    n, channels, height, width = maps.shape
    small = height in MAP_SIDES and width in MAP_SIDES and stride == 1
    return small and n >= MIN_BATCH and min(channels, out_channels) >= MIN_CHANNELS and bfloat16_on_cpu(maps)


def bfloat16_on_cpu(maps: Tensor) -> bool:
    """Whether a convolution of these maps runs on a CPU and, by autocast, in bfloat16."""
    device = maps.device.type
    return device == "cpu" and torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device) == torch.bfloat16


def fourier_convolution(maps: Tensor, weight: Tensor) -> Tensor:
    """The convolution with stride 1 and padding 1: (B, Ci, H, W) with weights (Co, Ci, 3, 3) -> (B, Co, H, W).

    It is computed in the dtype of autocast, else in that of the maps. The result lies in memory as channels_last.
    """
    n, channels, height, width = maps.shape
    device = maps.device.type
    dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else maps.dtype
    pixels, taps, result_of, unit = terms(height, width, dtype, maps.device)
    map_terms = torch.bmm(pixels.expand(n, -1, -1), maps.to(dtype).permute(0, 2, 3, 1).reshape(n, -1, channels))
    by_tap = (weight * unit).to(dtype).permute(2, 3, 0, 1).reshape(9, -1)  # (9, Co*Ci)
    weight_terms = (taps @ by_tap).view(len(taps), -1, channels)  # (R, Co, Ci)
    products = torch.bmm(map_terms.transpose(0, 1), weight_terms.mT)  # (R, B, Co)
    result = torch.bmm(result_of.expand(n, -1, -1), products.transpose(0, 1))  # (B, H*W, Co)
    return result.view(n, height, width, -1).permute(0, 3, 1, 2)


@cache
def terms(height: int, width: int, dtype: torch.dtype, device: torch.device) -> Terms:
    """The terms of maps (height, width).

    A pair of conjugate coefficients is a complex number for maps, weights and result. Its product is made of
    projections on three directions, 60 degrees apart: where x and w have the coordinates x_d and w_d in the directions
    d and -d, their product is 4/3 of the sum of x_d w_d exp(-2id). Evenly spaced directions keep rounding errors small.
    """
    rows, columns = height + 1, width + 1
    products = []
    for k in range(rows):
        for m in range(columns):
            conjugate = (-k % rows, -m % columns)
            if (k, m) == conjugate:  # a real coefficient
                products.append((k / rows, m / columns, 0.0, 3 / 8))
            elif (k, m) < conjugate:
                products += [(k / rows, m / columns, turn * math.pi / 3, 1.0) for turn in range(3)]
    down, right, direction, share = torch.tensor(products, dtype=torch.float64).unsqueeze(2).unbind(1)  # (R, 1) each

    def phases(places: Tensor) -> Tensor:
        return 2 * math.pi * (down * places[:, 0] + right * places[:, 1])

    at_pixels = phases(torch.cartesian_prod(torch.arange(height), torch.arange(width)))  # (R, H*W)
    at_taps = phases(torch.cartesian_prod(torch.arange(-1, 2), torch.arange(-1, 2)))  # (R, 9)
    matrices = (at_pixels - direction).cos(), (at_taps + direction).cos() * share, (at_pixels - 2 * direction).cos().T
    scale = _scale(matrices[0], dtype)
    pixels, taps, result_of = ((scale * matrix).to(device, dtype).contiguous() for matrix in matrices)
    return Terms(pixels, taps, result_of, 8 / 3 / (rows * columns) / scale**3)


def _scale(cosines: Tensor, dtype: torch.dtype) -> float:
    """The factor under which bfloat16 numbers come nearest to the cosines; 1 for other dtypes."""
    if dtype != torch.bfloat16:
        return 1.0
    scales = (1 + torch.arange(128, dtype=torch.float64) / 128)[:, None]  # the bfloat16 numbers from 1 to 2
    scaled = scales * cosines.flatten().abs().mul(2**40).round().div(2**40).unique()
    errors = (scaled.to(dtype) - scaled).square().sum(1) / scaled.square().sum(1)
    return scales[errors.argmin()].item()
