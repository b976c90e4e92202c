"""bfloat16 in training where it is fast, float32 in every evaluation."""

from __future__ import annotations

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("reference")


def test_mixed_precision_gives_float32_and_evaluates_in_float32() -> None:
    from experiments.training.precision import MixedPrecision, resolve

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten())
    images = torch.rand(4, 3, 5, 5)
    exact = network(images)
    wrapped = MixedPrecision(network, "bfloat16")
    rough = wrapped(images)
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    assert torch.allclose(rough, exact, atol=0.02)
    assert torch.allclose(wrapped.eval()(images), exact, atol=1e-6)
    assert torch.equal(MixedPrecision(network, "float32")(images), network(images))
    assert resolve("bfloat16", torch.device("cpu")) == "bfloat16"
    assert resolve("auto", torch.device("cpu")) in ("float32", "bfloat16")


def test_emulated_bfloat16_is_not_what_auto_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """A T4 can do bfloat16 in software only: slower than float32, and PyTorch says yes if it is asked plainly."""
    from experiments.training.precision import resolve

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert resolve("auto", torch.device("cuda")) == "float32"
