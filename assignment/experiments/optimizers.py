"""The optimisers of pretraining. LARS is what makes batches of thousands work in the paper (section 2.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
from torch import nn

Optimizer = Literal["adam", "sgd", "lars"]


class LARS(torch.optim.Optimizer):
    """Stochastic gradient descent with momentum, in which each layer's step is in proportion to its weights.

    Layer-wise adaptive rate scaling (You et al. 2017, arXiv 1708.03888, algorithm 1). With weights w of a layer, their
    gradient g, momentum m, weight decay b, trust coefficient e and learning rate r:

        rate = e ||w|| / (||g + b w||)      1 if one of the norms is 0
        v    = m v + r rate (g + b w)
        w    = w - v

    Two points follow SimCLR's own code rather than that paper: the norm is of the gradient with the decay in it, and
    parameters of one dimension (biases, scales and shifts of batch normalisation) have rate 1 and no decay.

    Args:
        params: parameters, or groups of them.
        lr: r.
        momentum: m.
        weight_decay: b.
        trust: e.
    """

    def __init__(
        self, params: Iterable[Any], lr: float, momentum: float = 0.9, weight_decay: float = 0.0, trust: float = 1e-3
    ):
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Takes one step; `closure`, if given, computes the loss again and returns it."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, weights: nn.Parameter, group: dict[str, Any]) -> None:
        direction = weights.grad
        rate: torch.Tensor | float = 1.0
        if weights.ndim > 1:
            direction = direction.add(weights, alpha=group["weight_decay"])  # type: ignore[union-attr]
            norms = weights.norm(), direction.norm()
            rate = torch.where((norms[0] > 0) & (norms[1] > 0), group["trust"] * norms[0] / norms[1], 1.0)
        state = self.state[weights]
        if not state:
            state["velocity"] = torch.zeros_like(weights)
        state["velocity"].mul_(group["momentum"]).add_(direction * (group["lr"] * rate))  # type: ignore[operator]
        weights.sub_(state["velocity"])


def make_optimizer(model: nn.Module, kind: Optimizer, learning_rate: float, weight_decay: float) -> Any:
    """Returns an optimiser of all parameters of a model, which has to be on its device already."""
    parameters = list(model.parameters())
    if kind == "lars":
        return LARS(parameters, learning_rate, 0.9, weight_decay)
    if kind == "sgd":
        return torch.optim.SGD(
            parameters, learning_rate, momentum=0.9, weight_decay=weight_decay, fused=can_fuse(parameters)
        )
    return torch.optim.Adam(parameters, learning_rate, weight_decay=weight_decay, fused=can_fuse(parameters))


def can_fuse(parameters: Sequence[nn.Parameter]) -> bool:
    """Tells whether PyTorch's fused optimisers, one pass over memory for a step, work where the parameters are."""
    return all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)


def cosine(step: int, n_steps: int, warmup: int = 0) -> float:
    """Returns the factor of the learning rate: it rises over `warmup` steps, then falls to 0 along a cosine."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))
