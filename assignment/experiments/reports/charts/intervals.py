"""A figure of the reports: measured values with their intervals, beside a paper's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments.reports.charts.lines import SIZE, styled
from experiments.reports.charts.theme import COLORS, INK


class Measured(NamedTuple):
    """A row of `interval_chart`: a name, what was measured, its interval's half width, what a paper has; fractions."""

    name: str
    value: float
    half_width: float | None = None
    paper: float | None = None


@styled
def interval_chart(rows: Sequence[Measured], paper: str = "paper", ours: str = "this run") -> Figure:
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
