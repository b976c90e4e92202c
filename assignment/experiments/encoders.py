"""The encoder of pretraining: the stage's ResNet-18, with first layers to choose from, in the precision asked for."""

from __future__ import annotations

from typing import Literal

from stages.simclr import resnet18_encoder
from torch import nn

from experiments.errors import Mistake
from experiments.precision import MixedPrecision
from experiments.small_maps import skip_padding

Stem = Literal["cifar", "imagenet", "half", "quarter"]


def make_encoder(stem: Stem, precision: Literal["float32", "bfloat16"]) -> nn.Module:
    """Returns an untrained encoder: (B, 3, 32, 32) -> (B, 512).

    Args:
        stem: the first layers, which decide on the size of the maps that the four layers of ResNet-18 see:
            `cifar` (3x3, stride 1; maps of 32, 16, 8, 4) and `imagenet` (7x7, stride 2, pooling; 8, 4, 2, 1) are the
            stage's; `half` (3x3, stride 2; 16, 8, 4, 2) and `quarter` (7x7, stride 4; 8, 4, 2, 1) lie between them.
        precision: of the convolutions in training.
    """
    if stem in ("cifar", "imagenet"):
        encoder = resnet18_encoder(stem)
    else:
        encoder = resnet18_encoder("imagenet")
        if not hasattr(encoder, "conv1") or not hasattr(encoder, "maxpool"):
            raise Mistake(f"--stem {stem} replaces conv1 and maxpool of torchvision's resnet18, which are not there.")
        size, stride = (3, 2) if stem == "half" else (7, 4)
        encoder.conv1 = nn.Conv2d(3, 64, size, stride, padding=size // 2, bias=False)
        encoder.maxpool = nn.Sequential()  # nothing: no pooling
    return MixedPrecision(skip_padding(encoder), precision)
