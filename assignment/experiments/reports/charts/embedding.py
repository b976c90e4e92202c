"""A figure of the reports: a map of embeddings, each class in its colour and with its name or picture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from torch import Tensor

from experiments.reports.charts.lines import styled
from experiments.reports.charts.theme import COLORS, INK


@styled
def embedding_chart(plane: Tensor, labels: Tensor, names: Sequence[str] = (), glyphs: Tensor | None = None) -> Figure:
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
