"""The figures of the reports that are given, not a stage: lines with their names. Next: `intervals.py`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from experiments.reports.charts.theme import COLORS, STYLE

SIZE = (4.5, 2.9)  # inches: its text can still be read on a phone


class Line(NamedTuple):
    """A line of a chart.

    Attributes:
        name: written at its end; empty for none.
        x, y: its points.
        color: one of `theme.COLORS`.
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
def line_chart(
    shown: Sequence[Line],
    xlabel: str,
    ylabel: str,
    percent: bool = False,
    log_y: bool = False,
    log_x: bool = False,
    ticks: Sequence[float] = (),
    size: tuple[float, float] = SIZE,
    rate: Line | None = None,
    near_one: bool = False,
) -> Figure:
    """Draws lines with their names at their ends.

    Args:
        shown: the lines.
        xlabel, ylabel: of the axes.
        percent: y are fractions, to be shown as percentages.
        log_y, log_x: whether an axis is logarithmic.
        ticks: where to label the x axis; empty for wherever is good.
        size: in inches.
        rate: the learning rate, for a low panel of its own below the lines, over the same x.
        near_one: y are fractions of which those near 1 matter most: the axis is logarithmic in what is missing to 1.
    """
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots() if rate is None else figure.subplots(2, height_ratios=(2.4, 1))[0]
    axis.set_title(ylabel)
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
        axis.yaxis.set_major_formatter(FuncFormatter(_percent))
    if near_one:
        shown = _stretch_near_one(axis, shown)
    for line in shown:
        few = len(line.x) < 15
        style: dict[str, Any] = {
            "linestyle": (0, (4, 2.5)) if line.dashed else "-",
            "linewidth": 1.3 if line.dashed else 1.8,
        }
        axis.plot(line.x, line.y, color=line.color, marker="o" if few else None, markersize=3.5, **style)
        if len(line.low):
            axis.fill_between(line.x, line.low, line.high, color=line.color, alpha=0.18, linewidth=0)
    if percent and not near_one:
        axis.set_ylim(top=min(axis.get_ylim()[1], 1.02))
    if rate is not None:
        _rate_below(figure.axes[1], axis, rate)
    figure.axes[-1].set_xlabel(xlabel)
    _name_lines(figure, axis, [line for line in shown if line.name and len(line.x)])
    return figure


def _percent(value: float, _: int) -> str:
    return f"{100 * value:.4g} %"


def _stretch_near_one(axis: Axes, shown: Sequence[Line]) -> list[Line]:
    """Makes the y axis logarithmic in 1 - y; returns the lines with what is above the axis moved to its upper end."""
    ends = [max([*line.y, *line.high[-1:]]) for line in shown if len(line.y)]
    most = min(0.999, max([0.9, *ends]))
    top = 1 - 0.8 * (1 - most)
    least = max(0.0, min(min(line.y) for line in shown if len(line.y)))
    bottom = 1 - min(1.0, 1.1 * (1 - least))

    def missing(y: Any) -> Any:
        return -np.log(np.maximum(1 - np.asarray(y), 1e-9))

    axis.set_yscale("function", functions=(missing, lambda y: 1 - np.exp(-np.asarray(y))))
    ticks = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]
    axis.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if bottom <= tick <= top]))
    axis.yaxis.set_major_formatter(FuncFormatter(_percent))
    axis.set_ylim(bottom, top)

    def within(values: Sequence[float]) -> list[float]:
        return [min(max(value, bottom), top) for value in values]

    return [line._replace(y=within(line.y), low=within(line.low), high=within(line.high)) for line in shown]


def _rate_below(axis: Axes, above: Axes, rate: Line) -> None:
    """Draws the learning rate over the x axis of the panel above, which gives its numbers to this one."""
    axis.sharex(above)
    above.tick_params(axis="x", labelbottom=False)
    axis.plot(rate.x, rate.y, color=rate.color)
    axis.set_title("learning rate")
    axis.set_ylim(bottom=0)
    axis.grid(visible=False, axis="x")
    axis.yaxis.set_major_locator(MaxNLocator(nbins=3))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def learning_rate(x: Sequence[float], records: Sequence[dict[str, Any]]) -> Line | None:
    """Returns the learning rates that a training logged by step, as a line; None where it logged none.

    Args:
        x: where each record stands on the axis.
        records: lines of metrics; those with `learning_rate` count.
    """
    known = [(place, record["learning_rate"]) for place, record in zip(x, records, strict=True)
             if "learning_rate" in record]  # fmt: skip
    if len(known) < 2:
        return None
    kept = [*known[: -1 : max(1, len(known) // 400)], known[-1]]
    return Line("", [place for place, _ in kept], [rate for _, rate in kept], COLORS[4])


def rate_in_words(rate: Line | None, unit: str) -> str:
    """Returns where the learning rate begins, is highest, and ends; `unit` is what the x axis counts."""
    if rate is None:
        return ""
    peak = max(range(len(rate.y)), key=lambda index: rate.y[index])
    return (
        f" Learning rate: at first {rate.y[0]:.2g}, at its highest {rate.y[peak]:.2g} ({unit} {rate.x[peak]:,.3g}), "
        f"at the end {rate.y[-1]:.2g}."
    )


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
