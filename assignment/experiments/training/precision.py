"""Training in bfloat16 where the processor is faster at it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Precision = Literal["auto", "float32", "bfloat16"]


def resolve(precision: Precision, device: torch.device) -> Literal["float32", "bfloat16"]:
    """Returns the precision itself, or for `auto` bfloat16 where the hardware supports it natively, so not on a T4."""
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if device.type == "cpu":
        supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return "bfloat16" if supported() else "float32"
    return "float32"


class MixedPrecision(nn.Module):
    """Wraps a network: in training its convolutions may run in bfloat16; the output is always float32.

    Losses and distances therefore see float32, and evaluation is float32 altogether. The memory format channels_last
    is what makes bfloat16 convolutions fast on CPUs and GPUs alike.

    Args:
        network: (B, C, H, W) -> (B, D).
        precision: "float32" passes everything through untouched.
    """

    def __init__(self, network: nn.Module, precision: Literal["float32", "bfloat16"]):
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last) if precision == "bfloat16" else network
        self.precision = precision

    def forward(self, images: Tensor) -> Tensor:
        """Applies the network: (B, C, H, W) float32 -> (B, D) float32."""
        embeddings: Tensor
        if self.precision == "float32" or not self.training:
            embeddings = self.network(images)
        else:
            with torch.autocast(images.device.type, dtype=torch.bfloat16):
                embeddings = self.network(images.contiguous(memory_format=torch.channels_last)).float()
        return embeddings
