"""The figures of the reports that are given, not a stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

COLORS = ("#1f5fbf", "#d9822b", "#2f855a", "#b83280")
SMALL = (4.8, 3.2)  # inches: its text can still be read on a phone


def curves(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]], xlabel: str, ylabel: str, faint: int = -1
) -> Figure:
    """Plots labelled lines, each (label, x, y); the one numbered `faint` is drawn thin, behind the others."""
    figure = Figure(figsize=SMALL, layout="constrained")
    axis = figure.subplots()
    for index, (label, x, y) in enumerate(lines):
        style: dict[str, Any] = {"alpha": 0.3, "linewidth": 0.8} if index == faint else {"linewidth": 1.8}
        marker = "o" if 1 < len(x) < 15 or len(x) == 1 else None
        axis.plot(x, y, color=COLORS[index % len(COLORS)], label=label, marker=marker, markersize=3.5, **style)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    if len(lines) > 1:
        axis.legend(frameon=False)
    return figure


def running_mean(values: Sequence[float], width: int) -> list[float]:
    """Returns the mean of each value with up to `width - 1` before it."""
    sums = torch.tensor([0.0, *values], dtype=torch.float64).cumsum(0)
    ends = torch.arange(1, len(values) + 1)
    starts = (ends - width).clamp(min=0)
    return ((sums[ends] - sums[starts]) / (ends - starts)).tolist()


def principal_components(points: Tensor) -> Tensor:
    """Projects points (N, D) on the two directions in which they vary most: (N, 2)."""
    centred = points.double() - points.double().mean(dim=0)
    directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2]  # (2, D)
    return (centred @ directions.T).float()


def embedding_maps(before: Tensor, after: Tensor, labels: Tensor, names: Sequence[str] = ()) -> Figure:
    """Draws the embeddings (N, D) of the same images before and after training in the plane, coloured by class."""
    figure = Figure(figsize=(8.4, 4.4), layout="constrained")
    for axis, points, title in zip(figure.subplots(1, 2), (before, after), ("untrained", "trained"), strict=True):
        plane = principal_components(points)
        for label in range(int(labels.max()) + 1):
            mine = plane[labels == label]
            name = names[label] if names else None
            axis.scatter(mine[:, 0], mine[:, 1], s=13, color=f"C{label % 10}", linewidths=0, alpha=0.8, label=name)
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
    if names:
        handles, texts = axis.get_legend_handles_labels()
        figure.legend(handles, texts, loc="outside lower center", ncols=5, frameon=False, markerscale=1.6)
    return figure


def image_grid(rows: Sequence[tuple[str, Tensor]], scale: float = 0.95) -> Figure:
    """Shows rows of images, each (title, (K, C, H, W) in [0, 1])."""
    n_columns = max(len(images) for _, images in rows)
    figure = Figure(figsize=(scale * n_columns + 0.9, scale * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), n_columns, squeeze=False)
    for row, (title, images) in zip(axes, rows, strict=True):
        for axis in row:
            axis.set_xticks([])
            axis.set_yticks([])
            axis.spines[:].set_visible(False)
        for axis, image in zip(row, images, strict=False):
            axis.imshow(image.permute(1, 2, 0).clamp(0, 1).numpy(), cmap="gray_r", vmin=0, vmax=1)
        row[0].set_ylabel(title, rotation=0, ha="right", va="center")
    return figure
