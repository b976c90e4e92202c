"""The encoder of pretraining: the stage's ResNet-18, with a choice of first layers, in the requested precision."""

from __future__ import annotations

from typing import Literal

from stages.simclr import resnet18_encoder
from torch import nn

from experiments.acceleration.small_convolutions import skip_padding
from experiments.training.precision import MixedPrecision

Stem = Literal["cifar", "imagenet"]


def make_encoder(stem: Stem, precision: Literal["float32", "bfloat16"]) -> nn.Module:
    """Returns an untrained encoder: (B, 3, 32, 32) -> (B, 512).

    Args:
        stem: the first layers, which decide the size of the maps that the four layers of ResNet-18 see:
            `cifar` (3x3, stride 1; maps of 32, 16, 8, 4) or `imagenet` (7x7, stride 2, pooling; 8, 4, 2, 1).
        precision: the precision of the convolutions in training.
    """
    return MixedPrecision(skip_padding(resnet18_encoder(stem)), precision)
