"""The figures of the reports that are given, not a stage: lines with their names, intervals beside the paper's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import matplotlib
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from experiments.charts import COLORS, INK, STYLE

SIZE = (4.5, 2.9)  # inches: its text can still be read on a phone


class Line(NamedTuple):
    """A line of a chart.

    Attributes:
        name: written at its end; empty for none.
        x, y: its points.
        color: one of `charts.COLORS`.
        low, high: a band around it, if given.
        dashed: whether it is drawn so.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: str = COLORS[0]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    dashed: bool = False


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Makes a function draw in the reports' style."""

    def drawing(*arguments: Any, **options: Any) -> Figure:
        with matplotlib.rc_context(STYLE):
            return draw(*arguments, **options)

    drawing.__doc__ = draw.__doc__
    return drawing


@styled
def lines(
    shown: Sequence[Line],
    xlabel: str,
    ylabel: str,
    percent: bool = False,
    log_y: bool = False,
    log_x: bool = False,
    ticks: Sequence[float] = (),
    size: tuple[float, float] = SIZE,
) -> Figure:
    """Draws lines with their names at their ends.

    Args:
        shown: the lines.
        xlabel, ylabel: of the axes.
        percent: y are fractions, to be shown as percentages.
        log_y, log_x: whether an axis is logarithmic.
        ticks: where to label the x axis; empty for wherever is good.
        size: in inches.
    """
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    axis.set_title(ylabel)
    axis.set_xlabel(xlabel)
    axis.grid(visible=False, axis="x")
    if log_y and all(min(line.y) > 0 for line in shown if len(line.y)):
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_minor_formatter(NullFormatter())
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if log_x:
        axis.set_xscale("log")
        axis.tick_params(axis="x", which="minor", bottom=False)
        axis.xaxis.set_minor_formatter(NullFormatter())
    elif not ticks:
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if ticks:
        axis.set_xticks(list(ticks), [f"{tick:,.0f}" for tick in ticks])
    elif not log_x:
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    if percent:
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    for line in shown:
        few = len(line.x) < 15
        style: dict[str, Any] = {
            "linestyle": (0, (4, 2.5)) if line.dashed else "-",
            "linewidth": 1.3 if line.dashed else 1.8,
        }
        axis.plot(line.x, line.y, color=line.color, marker="o" if few else None, markersize=3.5, **style)
        if len(line.low):
            axis.fill_between(line.x, line.low, line.high, color=line.color, alpha=0.18, linewidth=0)
    if percent:
        axis.set_ylim(top=min(axis.get_ylim()[1], 1.02))
    _name_lines(figure, axis, [line for line in shown if line.name and len(line.x)])
    return figure


def _name_lines(figure: Figure, axis: Axes, shown: Sequence[Line]) -> None:
    """Writes each line's name at its last point, one below the other where they are close."""
    if not shown:
        return
    figure.draw_without_rendering()
    per_point = figure.dpi / 72
    ends = [axis.transData.transform((line.x[-1], line.y[-1]))[1] / per_point for line in shown]
    low, high = (edge / per_point for edge in (axis.bbox.y0, axis.bbox.y1))
    places = _spread(ends, 11.5, low, high)
    for line, end, place in zip(shown, ends, places, strict=True):
        axis.annotate(
            line.name,
            (line.x[-1], line.y[-1]),
            xytext=(6, place - end),
            textcoords="offset points",
            va="center",
            color=line.color,
            fontsize=9,
            annotation_clip=False,
        )


def _spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Moves places apart until they are at least `gap` from one another, as little as need be, below `high`."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for _ in range(50):
        for lower, upper in itertools.pairwise(order):
            short = gap - (moved[upper] - moved[lower])
            if short > 0:
                moved[lower] -= short / 2
                moved[upper] += short / 2
        for index in order:
            moved[index] = min(max(moved[index], low), high)
    return moved


def binned(x: Sequence[float], y: Sequence[float], name: str, color: str = COLORS[0], n_bins: int = 120) -> Line:
    """Returns many noisy points as a line of means, with a band from the 10th to the 90th of each hundred.

    Args:
        x, y: the points, in order.
        name: of the line.
        color: of the line.
        n_bins: how many points the line has at most.
    """
    values = torch.tensor(y, dtype=torch.float64)
    places = torch.tensor(x, dtype=torch.float64)
    if len(values) < 30:
        return Line(name, places.tolist(), values.tolist(), color)
    n_bins = min(n_bins, len(values) // 5)
    parts = values.tensor_split(n_bins)
    bounds = torch.tensor([0.1, 0.9], dtype=torch.float64)
    edges = [torch.quantile(part, bounds).tolist() for part in parts]
    middles = [part.mean().item() for part in places.tensor_split(n_bins)]
    means = [part.mean().item() for part in parts]
    return Line(name, middles, means, color, [edge[0] for edge in edges], [edge[1] for edge in edges])


class Measured(NamedTuple):
    """A row of `intervals`: a name, what was measured, its interval's half width, what a paper has; fractions."""

    name: str
    value: float
    half_width: float | None = None
    paper: float | None = None


@styled
def intervals(rows: Sequence[Measured], paper: str = "paper", ours: str = "this run") -> Figure:
    """Draws measured values with their intervals, and the paper's values beside them, a row for each."""
    figure = Figure(figsize=(SIZE[0], 0.55 + 0.36 * len(rows)), layout="constrained")
    axis = figure.subplots()
    for index, row in enumerate(rows):
        y = -index
        if row.paper is not None:
            axis.plot([row.paper] * 2, [y - 0.28, y + 0.28], color=COLORS[1], linewidth=2.2, solid_capstyle="butt")
        half = row.half_width or 0
        axis.plot([row.value - half, row.value + half], [y, y], color=COLORS[0], linewidth=5, alpha=0.35)
        axis.plot([row.value], [y], "o", color=COLORS[0], markersize=5)
    axis.set_yticks([-index for index in range(len(rows))], [row.name for row in rows])
    axis.tick_params(axis="y", labelcolor=INK["ink"])
    axis.set_ylim(-len(rows) + 0.45, 0.75)
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    axis.margins(x=0.12)
    axis.autoscale_view()
    axis.set_xlim(right=min(axis.get_xlim()[1], 1.004))  # nothing is above 100 %
    first = rows[0]
    _note_above(axis, first.value, 0, ours, COLORS[0], first.paper is None or first.value <= first.paper)
    if first.paper is not None:
        _note_above(axis, first.paper, 0.1, paper, COLORS[1], first.value > first.paper)
    return figure


def _note_above(axis: Axes, x: float, y: float, text: str, color: str, left: bool) -> None:
    """Names a mark of the first row, above it and to the side on which the other mark is not."""
    axis.annotate(
        text,
        (x, y),
        xytext=(3 if left else -3, 8),
        textcoords="offset points",
        ha="right" if left else "left",
        color=color,
        fontsize=9,
        annotation_clip=False,
    )
