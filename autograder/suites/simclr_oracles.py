"""What the SimCLR half of the hidden suites compares with: the papers' formulas, spelled out."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

# NT-Xent (equation 1) -----------------------------------------------------------------------------------------------


def nt_xent(z1: Tensor, z2: Tensor, temperature: float) -> float:
    """Equation 1 of SimCLR in float64: (B, D), (B, D) -> the mean over the 2B anchors."""
    return _nt_xent(torch.cat([z1, z2]).double(), temperature).item()


def nt_xent_gradient(z1: Tensor, z2: Tensor, temperature: float) -> Tensor:
    """The derivative of `nt_xent` by every entry of both views, by central differences: (2, B, D)."""
    views = torch.cat([z1, z2]).double()
    steps = 1e-5 * torch.eye(views.numel(), dtype=torch.float64).view(-1, *views.shape)  # one entry in each
    slopes = (_nt_xent(views + steps, temperature) - _nt_xent(views - steps, temperature)) / 2e-5
    return slopes.view(2, *z1.shape)


def _nt_xent(views: Tensor, temperature: float) -> Tensor:
    """The loss of each batch: (…, 2B, D) -> (…); the others of an anchor are listed, so that nothing is masked."""
    count = views.shape[-2]
    anchors = torch.arange(count)
    others = torch.tensor([[k for k in range(count) if k != i] for i in range(count)])
    lengths = views.square().sum(dim=-1).sqrt()
    products = (views[..., :, None, :] * views[..., None, :, :]).sum(dim=-1)
    scores = products / (lengths[..., :, None] * lengths[..., None, :]) / temperature  # (…, 2B, 2B)
    compared = scores[..., anchors[:, None], others]  # (…, 2B, 2B - 1)
    highest = compared.amax(dim=-1)
    sums = highest + (compared - highest[..., None]).exp().sum(dim=-1).log()
    return (sums - scores[..., anchors, (anchors + count // 2) % count]).mean(dim=-1)


def train_simclr(
    weight: Tensor, views: Sequence[tuple[Tensor, Tensor]], temperature: float, lr: float
) -> tuple[list[float], list[Tensor]]:
    """Algorithm 1 for a linear model z = W x and plain gradient descent, its slopes by hand, in float64.

    Args:
        weight: W, (D, P).
        views: for each batch its two views, each (B, P).
        temperature: of the loss.
        lr: of the descent.

    Returns:
        The loss of each batch before its step, and W after each step.
    """
    losses, weights = [], []
    weight = weight.double()
    for pair in views:
        x = torch.cat(pair).double()
        loss, slope = _nt_xent_and_slope(x @ weight.T, temperature)
        weight = weight - lr * slope.T @ x
        losses.append(loss)
        weights.append(weight)
    return losses, weights


def _nt_xent_and_slope(z: Tensor, temperature: float) -> tuple[float, Tensor]:
    """Equation 1 and its derivative by z, whose halves are the two views: (2B, D) -> (2B, D).

    With the cosines s_ik / t in P = softmax over k != i, the slope by s_ik is (P_ik - [k is i's partner]) / (2B t).
    """
    n = len(z)
    anchors, partners = torch.arange(n), torch.arange(n).roll(n // 2)
    lengths = z.norm(dim=1, keepdim=True)
    u = z / lengths
    scores = (u @ u.T / temperature).masked_fill(torch.eye(n, dtype=torch.bool), -math.inf)
    loss = (scores.logsumexp(dim=1) - scores[anchors, partners]).mean().item()
    by_score = scores.softmax(dim=1)
    by_score[anchors, partners] -= 1
    by_u = (by_score + by_score.T) @ u / (n * temperature)
    return loss, (by_u - u * (u * by_u).sum(dim=1, keepdim=True)) / lengths


# Views of a training ------------------------------------------------------------------------------------------------


def pair_views(batches: Sequence[Tensor], outputs: Sequence[Any]) -> list[tuple[Tensor, Tensor]] | None:
    """Finds the two views of every image among what a `Noise` gave, in whatever portions it was called.

    Args:
        batches: the images of each step, each (B, …).
        outputs: what the augmentation gave, in order; it comes from the submission's side and may be anything.

    Returns:
        For each batch its two views, each (B, P); None unless each image was augmented twice in the step of its batch.
    """
    size, n_views = batches[0].shape[1:], 2 * sum(len(images) for images in batches)
    fits = all(
        isinstance(output, Tensor) and output.is_floating_point() and output.shape[1:] == size
        for output in outputs[: n_views + 1]
    )
    if not fits or sum(len(output) for output in outputs[: n_views + 1]) != n_views or len(outputs) > n_views:
        return None
    made = torch.cat(list(outputs)).flatten(1)
    pairs = []
    for images in batches:
        now, made = made[: 2 * len(images)], made[2 * len(images) :]
        added = now - images.flatten(1)[:, None]  # (B, 2B, P)
        of_image = ((added > -1e-3) & (added < 1 + 1e-3)).all(dim=2)
        if not bool((of_image.sum(dim=1) == 2).all()):
            return None
        first, second = of_image.nonzero()[:, 1].view(-1, 2).T
        pairs.append((now[first], now[second]))
    return pairs


# Networks -----------------------------------------------------------------------------------------------------------


def linear(weight: Tensor, bias: Tensor, rows: Tensor) -> Tensor:
    """A linear layer: (O, I), (O,), (B, I) -> (B, O) float64."""
    return (rows.double()[:, None] * weight.double()).sum(dim=2) + bias.double()


def resnet18_features(weights: Iterable[Tensor], images: Tensor, stem: str) -> Tensor:
    """ResNet-18 (He et al. 2016, table 1) up to its average pooling, in evaluation mode with fresh statistics.

    Args:
        weights: its parameters in order: for every convolution the kernel, then the scale and shift of its
            normalisation; in a block that changes size the shortcut's come last.
        images: (B, 3, H, W).
        stem: "cifar" or "imagenet".

    Returns:
        (B, 512).
    """
    rest = iter(weights)

    def convolve(x: Tensor, stride: int, padding: int) -> Tensor:
        x = F.conv2d(x, next(rest), stride=stride, padding=padding) / math.sqrt(1 + 1e-5)
        scale, shift = next(rest), next(rest)
        return x * scale[:, None, None] + shift[:, None, None]

    if stem == "cifar":
        x = convolve(images, 1, 1).clamp(min=0)
    else:
        x = F.max_pool2d(convolve(images, 2, 3).clamp(min=0), 3, 2, 1)
    for stage in range(4):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            inside = convolve(convolve(x, stride, 1).clamp(min=0), 1, 1)
            shortcut = convolve(x, stride, 0) if stride == 2 else x
            x = (inside + shortcut).clamp(min=0)
    return x.flatten(2).mean(dim=2)


def resnet18_shapes(stem: str) -> list[tuple[int, ...]]:
    """The shapes of ResNet-18's parameters without its classification layer, sorted."""
    kernels = [(64, 3, 3, 3) if stem == "cifar" else (64, 3, 7, 7)]
    width = 64
    for out in (64, 128, 256, 512):
        kernels += [(out, width, 3, 3), (out, out, 3, 3), (out, out, 3, 3), (out, out, 3, 3)]
        kernels += [(out, width, 1, 1)] if out != width else []
        width = out
    shapes = [shape for kernel in kernels for shape in (kernel, (kernel[0],), (kernel[0],))]
    return sorted(shapes)


# A linear classifier under gradient descent -------------------------------------------------------------------------


def train_linear(
    weight: Tensor,
    bias: Tensor,
    train: Sequence[tuple[Tensor, Tensor]],
    val: Sequence[tuple[Tensor, Tensor]],
    n_epochs: int,
    lr: float,
) -> tuple[dict[str, list[float]], list[Tensor], float]:
    """Softmax regression by gradient descent, its slopes by hand: dloss/dlogits = (softmax - one hot) / B.

    Returns:
        The four series of a `History`, means over samples; the weight at the end of each epoch; and the least by which
        the highest score of a sample led the second: where it is tiny, rounding may change an accuracy.
    """
    weight, bias = weight.double(), bias.double()
    series: dict[str, list[float]] = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": []}
    weights, lead = [], math.inf
    for _ in range(n_epochs):
        for name, batches in (("train", train), ("val", val)):
            losses, right = [], []
            for rows, labels in batches:
                logits = linear(weight, bias, rows)
                probabilities = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
                of_label = torch.eye(logits.shape[1], dtype=torch.float64)[labels]
                losses.append(-(probabilities * of_label).sum(dim=1).log())
                right.append(logits.argmax(dim=1) == labels)
                if logits.shape[1] > 1:
                    first, second = logits.topk(2, dim=1).values.T
                    lead = min(lead, (first - second).min().item())
                if name == "train":
                    slope = (probabilities - of_label) / len(rows)
                    weight = weight - lr * slope.T @ rows.double()
                    bias = bias - lr * slope.sum(dim=0)
            series[f"{name}_loss"].append(torch.cat(losses).mean().item())
            series[f"{name}_accuracy"].append(torch.cat(right).double().mean().item())
        weights.append(weight)
    return series, weights, lead


# Pictures -----------------------------------------------------------------------------------------------------------


def hue(color: Sequence[float]) -> float:
    """The hue of an RGB colour, as a fraction of the colour circle."""
    return colorsys.rgb_to_hsv(*color)[0]
