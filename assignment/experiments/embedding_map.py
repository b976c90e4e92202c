"""Embeddings as a map: points of a plane that are near where the embeddings are.

t-SNE (van der Maaten and Hinton 2008): a point's neighbours are chosen with probabilities that fall with the distance,
p in the space of the embeddings and q in the plane; the plane's points move until q is like p. What is near on the map
was near before; how far apart groups lie means little. So a report also says in how many cases the nearest neighbour,
among the embeddings themselves, is of the same class.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from torch import Tensor

from experiments.charts import COLORS, INK
from experiments.figures import styled


def principal_components(points: Tensor) -> Tensor:
    """Projects points (N, D) on the two directions in which they vary most: (N, 2)."""
    centred = points.double() - points.double().mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]  # (2, D)
    return (centred @ directions.T).float()


@torch.no_grad()
def tsne(points: Tensor, perplexity: float = 20.0, n_steps: int = 500) -> Tensor:
    """Maps points (N, D) to the plane: (N, 2). It compares all pairs, so N should be some hundreds; nothing is random.

    Args:
        points: (N, D).
        perplexity: how many neighbours a point has, more or less; at most a third of the others.
        n_steps: of gradient descent.
    """
    n = len(points)
    if n < 5:
        return torch.nn.functional.pad(principal_components(points), (0, 1))[:, :2]
    p = _neighbour_probabilities(points.float(), min(perplexity, (n - 1) / 3))
    p = ((p + p.T) / (2 * n)).clamp(min=1e-12)
    plane = principal_components(points)
    plane = 1e-4 * plane / plane[:, 0].std().clamp(min=1e-12)
    velocity, gains = torch.zeros_like(plane), torch.ones_like(plane)
    rate = max(n / 48, 50.0)
    for step in range(n_steps):
        early = step < n_steps // 4  # pulled together harder at first, so that groups find each other
        weight = 1 / (1 + torch.cdist(plane, plane).square())  # (N, N)
        weight.fill_diagonal_(0)
        q = (weight / weight.sum()).clamp(min=1e-12)
        pull = ((12 if early else 1) * p - q) * weight
        gradient = 4 * (pull.sum(dim=1, keepdim=True) * plane - pull @ plane)
        gains = torch.where(gradient.sign() == velocity.sign(), gains * 0.8, gains + 0.2).clamp(min=0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        plane = plane + velocity
    return plane - plane.mean(dim=0)


def _neighbour_probabilities(points: Tensor, perplexity: float) -> Tensor:
    """Returns (N, N): the row of a point holds Gaussian weights of the others, as wide as gives it the perplexity."""
    distances = torch.cdist(points, points).square()
    distances = distances / distances.mean().clamp(min=1e-12)
    itself = torch.eye(len(points), dtype=torch.bool)
    low, high = torch.full((len(points), 1), -20.0), torch.full((len(points), 1), 20.0)  # of the logarithmic precision
    for _ in range(40):
        middle = (low + high) / 2
        logits = (-distances * middle.exp()).masked_fill(itself, -torch.inf)
        p = logits.softmax(dim=1)
        entropy = -(p * p.clamp(min=1e-30).log()).sum(dim=1, keepdim=True)
        too_wide = entropy > torch.tensor(perplexity).log()
        low, high = torch.where(too_wide, middle, low), torch.where(too_wide, high, middle)
    return p


def same_class_nearest(points: Tensor, labels: Tensor) -> float:
    """Returns for how many of the points (N, D) the nearest other one has the same label (N,), as a fraction."""
    distances = torch.cdist(points.float(), points.float()).fill_diagonal_(torch.inf)
    return (labels[distances.argmin(dim=1)] == labels).float().mean().item()


@styled
def draw(plane: Tensor, labels: Tensor, names: Sequence[str] = (), glyphs: Tensor | None = None) -> Figure:
    """Draws a map, each class in its colour and with its name or picture at its middle, or above a tight group.

    Args:
        plane: (N, 2).
        labels: (N,) int64, classes 0 … 9.
        names: of the classes, if they have any.
        glyphs: (K, S, S) in [0, 1], a drawing of each class in ink 1, instead of the names.
    """
    figure = Figure(figsize=(4.5, 3.9), layout="constrained")
    axis = figure.subplots()
    axis.set_axis_off()
    axis.margins(x=0.06, y=0.1)
    points = _fitted(plane)
    groups = {label: points[labels == label] for label in range(int(labels.max()) + 1) if (labels == label).any()}
    for label, group in groups.items():
        axis.scatter(group[:, 0], group[:, 1], s=13, color=COLORS[label % 10], linewidths=0, alpha=0.75)
    if glyphs is None and not names:
        return figure
    size = (0.09, 0.09) if glyphs is not None else (0.16, 0.05)
    places = _apart([_place(group, size[1]) for group in groups.values()], *size)
    for label, place in zip(groups, places, strict=True):
        color = COLORS[label % 10]
        if glyphs is not None:
            _glyph(axis, place, glyphs[label], color)
        else:
            axis.text(*place, names[label], color=color, ha="center", va="center", fontsize=9.5, fontweight="bold")
    return figure


def _fitted(plane: Tensor) -> Tensor:
    """Returns the map moved and stretched into a square of side 1."""
    low, high = plane.min(dim=0).values, plane.max(dim=0).values
    return (plane - low) / (high - low).clamp(min=1e-12)


def _place(group: Tensor, height: float) -> list[float]:
    """Returns where a class's name stands: at its most central point, or above it if the class is a tight group."""
    distances = torch.cdist(group, group)
    centre = int(distances.median(dim=1).values.argmin())
    near = distances[centre].median()
    x, y = group[centre].tolist()
    if near > 0.09:
        return [x, y]
    around = group[distances[centre] <= 2.5 * near + 1e-6]
    return [x, float(around[:, 1].max()) + 0.7 * height]


def _apart(places: Sequence[Sequence[float]], width: float, height: float) -> list[tuple[float, float]]:
    """Moves places up and down until no two of them are closer than a box of that size."""
    moved = [list(place) for place in places]
    for _ in range(40):
        for i, one in enumerate(moved):
            for other in moved[:i]:
                short = height - abs(one[1] - other[1])
                if abs(one[0] - other[0]) < width and short > 0:
                    way = 1 if one[1] >= other[1] else -1
                    one[1] += way * short / 2
                    other[1] -= way * short / 2
    return [(x, y) for x, y in moved]


def _glyph(axis: Axes, place: Sequence[float], drawing: Tensor, color: str) -> None:
    """Draws a character at a place, out of rows of ink, on a disc that covers the points below."""
    size = drawing.shape[0]
    vertices, codes = [], []
    for row, line in enumerate((drawing > 0.35 * drawing.max()).int().tolist()):
        starts = [i for i in range(size) if line[i] and not (i and line[i - 1])]
        ends = [i + 1 for i in range(size) if line[i] and not (i + 1 < size and line[i + 1])]
        for start, end in zip(starts, ends, strict=True):
            top, bottom = size / 2 - row, size / 2 - row - 1.2  # into the next row, or a gap shows
            left, right = start - size / 2, end - size / 2
            vertices += [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
            codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    axis.plot(*place, "o", color=INK["paper"], markersize=23, alpha=0.7)
    if vertices:
        reach = 2 * max(abs(number) for vertex in vertices for number in vertex)  # matplotlib makes it 1
        axis.plot(*place, marker=Path(vertices, codes), color=color, markersize=23 * reach / size, markeredgewidth=0)
