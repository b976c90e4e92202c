"""What the Prototypical Network's hidden suites compare with: loops over the papers' definitions, in float64."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

DRAWS = 128  # how many episodes `episode` chooses from; each is telling with a probability above 1 / 8


class Episode(NamedTuple):
    """An episode to pass to a submission: support (n_way, n_support, C, H, W), query (n_way, n_query, C, H, W)."""

    support: Tensor
    query: Tensor


def episode(
    n_way: int,
    n_support: int,
    n_query: int,
    image: tuple[int, ...],
    rng: torch.Generator,
    embed: Callable[[Tensor], Tensor] = lambda images: images.flatten(2),
) -> Episode:
    """Normally distributed images around a centre for each class: the most telling of many draws.

    It is where some queries are nearest to their own class and some to another, their fraction is not that of guessing,
    none is near a tie, and the prototypes do not happen to stand in order: then a mistake shows whatever the seed, and
    a right answer is safe.

    Args:
        n_way: how many classes; three or more.
        n_support: how many support images of each class.
        n_query: how many queries of each class.
        image: the shape (C, H, W) of an image.
        rng: the generator of the draws.
        embed: (M, n_…, C, H, W) -> (M, n_…, D), what the network makes of images, by the judge's own weights.
    """
    classes, shape = torch.arange(n_way), (DRAWS, n_way)
    centres = 0.5 * torch.randn(*shape, 1, *image, generator=rng)
    support = centres + torch.randn(*shape, n_support, *image, generator=rng)
    query = centres + torch.randn(*shape, n_query, *image, generator=rng)
    means = embed(support.flatten(0, 1)).double().mean(dim=1).unflatten(0, shape)  # (DRAWS, n_way, D)
    to_all = torch.cdist(embed(query.flatten(0, 1)).double().reshape(DRAWS, n_way * n_query, -1), means)
    nearest = to_all.square().topk(2, dim=2, largest=False)
    right = (nearest.indices[:, :, 0] == classes.repeat_interleave(n_query)).double().mean(dim=1)  # the accuracies
    steps = means[:, :, 0].diff(dim=1)
    telling = (right > 0.01) & (right < 0.99) & ((right - 1 / n_way).abs() > 0.01)
    telling &= (steps > 0).any(dim=1) & (steps < 0).any(dim=1)
    gap = (nearest.values[:, :, 1] - nearest.values[:, :, 0]).amin(dim=1) / nearest.values.mean(dim=(1, 2))
    best = int(torch.where(telling, gap, -1.0).argmax())
    return Episode(support[best], query[best])


def another_order(n: int, rng: torch.Generator) -> Tensor:
    """A random order of 0, …, n-1 that leaves nothing in its place: (n,) int64, n >= 2."""
    order = torch.randperm(n, generator=rng)
    moved = torch.empty_like(order)
    moved[order] = order.roll(1)
    return moved


def png(grey: Tensor, mode: str = "L") -> str:
    """Encodes grey values as a PNG file.

    Args:
        grey: (H, W) uint8.
        mode: `L` for 8 bits, `1` for one bit (values from 128 are white), `RGB` for three equal channels.

    Returns:
        The file's content in base64.
    """
    height, width = grey.shape
    image = Image.frombytes("L", (width, height), bytes(grey.flatten().tolist()))
    if mode == "1":
        image = image.point([0] * 128 + [255] * 128).convert("1", dither=Image.Dither.NONE)
    elif mode != "L":
        image = image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def quarter_turn(image: Tensor) -> Tensor:
    """Rotates one (1, S, S) image by 90 degrees counter-clockwise, pixel by pixel."""
    size = image.shape[-1]
    turned = torch.empty_like(image)
    for row in range(size):
        for column in range(size):  # the last column becomes the first row
            turned[0, size - 1 - column, row] = image[0, row, column]
    return turned


def block(images: Tensor, state: dict[str, Tensor], training: bool, eps: float = 1e-5) -> Tensor:
    """One encoder block, written out: convolution, batch normalisation, ReLU, pooling.

    Args:
        images: (B, Ci, H, W).
        state: `weight` (Co, Ci, 3, 3), `bias`, `gamma`, `beta`, `mean` and `var`, each (Co,).
        training: whether the batch's own statistics normalise, or `mean` and `var`.
        eps: what batch normalisation adds to the variance.

    Returns:
        (B, Co, H // 2, W // 2) float64.
    """
    state = {name: value.double() for name, value in state.items()}
    count, _, height, width = images.shape
    padded = torch.zeros(count, images.shape[1], height + 2, width + 2, dtype=torch.float64)
    padded[:, :, 1:-1, 1:-1] = images.double()
    features = state["bias"].view(1, -1, 1, 1).repeat(count, 1, height, width)
    for row in range(3):
        for column in range(3):
            moved = padded[:, :, row : row + height, column : column + width]
            features += torch.einsum("bchw,oc->bohw", moved, state["weight"][:, :, row, column])
    for channel in range(features.shape[1]):
        values = features[:, channel]
        mean, var = state["mean"][channel], state["var"][channel]
        if training:
            mean = values.sum() / values.numel()
            var = ((values - mean) ** 2).sum() / values.numel()
        values = (values - mean) / (var + eps).sqrt() * state["gamma"][channel] + state["beta"][channel]
        features[:, channel] = torch.where(values > 0, values, torch.zeros_like(values))
    pooled = torch.empty(count, features.shape[1], height // 2, width // 2, dtype=torch.float64)
    for row in range(height // 2):
        for column in range(width // 2):
            window = features[:, :, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            pooled[:, :, row, column] = window.amax(dim=(2, 3))
    return pooled


def prototypes(support: Tensor) -> Tensor:
    """The mean of each class's embeddings, class by class: (n_way, n_support, D) -> (n_way, D) float64."""
    return torch.stack([members.sum(dim=0) / len(members) for members in support.double()])


def distances(queries: Tensor, prototypes: Tensor) -> Tensor:
    """Squared Euclidean distances, prototype by prototype: (M, D), (N, D) -> (M, N) float64."""
    columns = [((queries.double() - prototype) ** 2).sum(dim=1) for prototype in prototypes.double()]
    return torch.stack(columns, dim=1)


def classify(support: Tensor, query: Tensor) -> tuple[Tensor, float, Tensor]:
    """Equation 2 and algorithm 1 for embeddings, one class after the other.

    Args:
        support: (n_way, n_support, D).
        query: (n_way, n_query, D).

    Returns:
        The loss, () float64 and differentiable; the accuracy; the predictions (n_way, n_query) int64.
    """
    centres = prototypes(support)
    losses, predictions = [], []
    for true_class, members in enumerate(query):
        to_all = distances(members, centres)  # (n_query, n_way)
        nearest = to_all.amin(dim=1, keepdim=True)  # taken out of the sum, so that no exponential vanishes altogether
        log_sum = (nearest - to_all).exp().sum(dim=1).log()
        losses.append(to_all[:, true_class] - nearest[:, 0] + log_sum)
        predictions.append(to_all.argmin(dim=1))
    predicted = torch.stack(predictions)
    right = [int((row == true_class).sum()) for true_class, row in enumerate(predicted)]
    return torch.cat(losses).mean(), sum(right) / predicted.numel(), predicted


def binomial_bounds(n: int, p: float, sigmas: float = 7.0) -> tuple[float, float]:
    """Bounds that a binomial count leaves with a probability below 1e-10."""
    spread = sigmas * math.sqrt(n * p * (1 - p))
    return n * p - spread, n * p + spread


def momentum(
    weights: Sequence[Tensor], gradients: Sequence[Tensor], velocity: Sequence[Tensor], lr: float, mu: float
) -> tuple[list[Tensor], list[Tensor]]:
    """One step of SGD with momentum: the new weights and the new velocity."""
    fresh = [mu * v + g for v, g in zip(velocity, gradients, strict=True)]
    return [w - lr * v for w, v in zip(weights, fresh, strict=True)], fresh
