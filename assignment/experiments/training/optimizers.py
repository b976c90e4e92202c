"""Optimisers: LARS, which makes SimCLR's batches of thousands work (its section 2.2), and Muon, where time is short."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

Optimizer = Literal["adam", "lars", "muon"]


class LARS(torch.optim.Optimizer):
    """Stochastic gradient descent with momentum, in which each layer's step is in proportion to its weights.

    Layer-wise adaptive rate scaling (You et al. 2017, arXiv 1708.03888, algorithm 1). With weights w of a layer, their
    gradient g, momentum m, weight decay b, trust coefficient e and learning rate r:

        rate = e ||w|| / (||g + b w||)      1 if one of the norms is 0
        v    = m v + r rate (g + b w)
        w    = w - v

    Two points follow SimCLR's own code rather than that paper: the norm is that of the gradient plus the decay, and
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
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Takes one step; `closure`, if given, computes the loss again and returns it."""
        loss = _computed_again(closure)
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
        state["velocity"].mul_(group["momentum"]).add_(direction * (group["lr"] * rate))
        weights.sub_(state["velocity"])


class Muon(torch.optim.Optimizer):
    """Gradient descent with momentum that rotates every filter bank by the same amount in all directions.

    Momentum orthogonalised by Newton-Schulz iterations (Jordan et al. 2024, kellerjordan.github.io/posts/muon). The
    filters of a layer are the rows of a matrix W; G is its gradient, m the momentum, r the learning rate:

        V = m V + G
        W = W sqrt(rows) / ||W|| - r orthogonalised(G + m V)

    A filter's length does not matter before a batch normalisation. It is kept constant, so that r alone says how far a
    step rotates it. Taps that get no gradient stay as they are and count for nothing: a 3x3 filter on a map of one
    pixel uses its middle only. PyTorch's own Muon takes matrices only, and no filters.

    Args:
        params: weights of convolutions (Co, Ci, height, width), each followed by a batch normalisation.
        lr: r.
        momentum: m.
        dtype: the dtype to orthogonalise in; bfloat16 is good enough, None takes that of the parameter.
    """

    def __init__(self, params: Iterable[Any], lr: float, momentum: float = 0.9, dtype: torch.dtype | None = None):
        super().__init__(params, {"lr": lr, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Takes one step; `closure`, if given, computes the loss again and returns it."""
        loss = _computed_again(closure)
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is None:
                    continue
                state = self.state[weights]
                if not state:
                    state["velocity"] = torch.zeros_like(weights)
                shape = len(weights), -1, weights.shape[1]
                own, velocity = (each.permute(0, 2, 3, 1).view(shape) for each in (weights, state["velocity"]))
                self._turn(own, weights.grad.permute(0, 2, 3, 1).reshape(shape), velocity, group)
        return loss

    def _turn(self, weights: Tensor, gradient: Tensor, velocity: Tensor, group: dict[str, Any]) -> None:
        """Takes a step with the filters (Co, K, Ci) of a layer, whose weights and velocity are changed in place."""
        reached = gradient.abs().sum(dim=(0, 2)).nonzero().flatten()  # at most K
        every = len(reached) == gradient.shape[1]
        part, slope, speed = (each if every else each[:, reached] for each in (weights, gradient, velocity))
        speed = torch.add(slope, speed, alpha=group["momentum"])
        direction = torch.add(slope, speed, alpha=group["momentum"]).flatten(1)
        turn = orthogonalised(direction.to(self.dtype or direction.dtype)).view_as(part)
        length = math.sqrt(len(part)) / part.norm().clamp(min=1e-12)
        part = (part * length).sub_(turn, alpha=group["lr"])
        if every:
            velocity.copy_(speed)
            weights.copy_(part)
        else:
            velocity[:, reached] = speed
            weights[:, reached] = part


def _computed_again(closure: Callable[[], Any] | None) -> Any:
    """Returns the loss that a closure, if there is one, computes with gradients."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()


def orthogonalised(matrix: Tensor, n_iterations: int = 5) -> Tensor:
    """Returns about the nearest matrix with orthonormal rows, or columns if they are fewer: its U V^T of U S V^T.

    Five iterations with the coefficients of the authors bring singular values between 0.7 and 1.2; that is enough.

    Args:
        matrix: (M, N) floating.
        n_iterations: of X <- a X + (b A + c A A) X with A = X X^T, beginning with matrix / ||matrix||.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = len(matrix) > matrix.shape[1]
    result = (matrix.T if tall else matrix) / matrix.norm().clamp(min=1e-7)
    for _ in range(n_iterations):
        product = result @ result.T
        product = torch.addmm(product, product, product, beta=b, alpha=c)
        result = torch.addmm(result, product, result, beta=a)
    turned: Tensor = result.T if tall else result
    return turned


class Together(torch.optim.Optimizer):
    """Several optimisers as one, each with its own parameters."""

    def __init__(self, *parts: torch.optim.Optimizer):
        self.parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})
        self.param_groups = [group for part in parts for group in part.param_groups]  # theirs, not copies

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Lets each take a step; `closure`, if given, computes the loss again, once, and returns it."""
        loss = _computed_again(closure)
        for part in self.parts:
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Returns the states of the parts."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes the states of the parts."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


def make_optimizer(
    parameters: Sequence[nn.Parameter],
    kind: Optimizer,
    learning_rate: float,
    weight_decay: float = 0.0,
    muon_rate: float = 0.0,
    dtype: torch.dtype | None = None,
) -> Any:
    """Returns an optimiser.

    Args:
        parameters: what to train, already on its device.
        kind: `muon` is for convolutions; Adam trains everything else.
        learning_rate: that of all parameters, or of those that Muon does not train.
        weight_decay: that of the same parameters.
        muon_rate: Muon's learning rate.
        dtype: the dtype that Muon orthogonalises in; None for the parameters' own.
    """
    if kind == "lars":
        return LARS(parameters, learning_rate, 0.9, weight_decay)
    filters = [parameter for parameter in parameters if kind == "muon" and parameter.ndim == 4]
    others = [parameter for parameter in parameters if kind != "muon" or parameter.ndim != 4]
    adam = torch.optim.Adam(others, learning_rate, weight_decay=weight_decay, fused=can_fuse(parameters))
    return Together(adam, Muon(filters, muon_rate, dtype=dtype)) if filters else adam


def can_fuse(parameters: Sequence[nn.Parameter]) -> bool:
    """Tells whether PyTorch's fused optimisers, one pass over memory for a step, work where the parameters are."""
    return all(parameter.device.type in ("cpu", "cuda") for parameter in parameters)


def cosine(step: float, n_steps: float, warmup: int = 0) -> float:
    """Returns the factor of the learning rate: it rises over `warmup` steps, then falls to 0 along a cosine."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))
