"""Lines with their names: axes, bins and places."""

from __future__ import annotations

import itertools
import math

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_an_axis_of_accuracies_has_room_near_one() -> None:
    from experiments.reports.charts.lines import Line, line_chart

    shown = [Line("a", [0, 1, 2], [0.1, 0.9, 0.99]), Line("b", [1, 2], [0.98, 1.0], high=[1, 1], low=[0.9, 1])]
    figure = line_chart(shown, "episode", "accuracy", percent=True, near_one=True)
    axis = figure.axes[0]
    figure.draw_without_rendering()
    heights = axis.transData.transform([(0, y) for y in (0.1, 0.9, 0.99)])[:, 1]
    assert heights[2] - heights[1] == pytest.approx((heights[1] - heights[0]) * math.log(10) / math.log(9))
    assert {"50 %", "90 %", "99 %", "99.9 %"} <= {label.get_text() for label in axis.get_yticklabels()}
    bottom, top = axis.get_ylim()
    assert bottom < 0.1
    assert all(bottom <= y <= top for line in axis.lines for y in line.get_ydata()), (
        "within the axes, as charts clip nothing"
    )


def test_noisy_points_become_means_and_the_middle_of_them() -> None:
    from experiments.reports.charts.lines import binned

    few = binned([1, 2, 3], [5.0, 6.0, 7.0], "few")
    assert (few.x, few.y, few.low) == ([1, 2, 3], [5, 6, 7], ())
    line = binned(list(range(1000)), [float(i % 10) for i in range(1000)], "many", n_bins=20)
    assert len(line.x) == len(line.y) == len(line.low) == len(line.high) == 20
    assert line.x[0] == pytest.approx(24.5)
    assert line.y == pytest.approx([4.5] * 20)
    assert all(0.5 <= low <= 1.5 and 7.5 <= high <= 8.5 for low, high in zip(line.low, line.high, strict=True))


def test_names_of_lines_do_not_cover_each_other() -> None:
    from experiments.reports.charts.lines import _spread

    places = _spread([50.0, 51.0, 52.0, 99.0], 10, 0, 100)
    assert all(later - earlier > 9.5 for earlier, later in itertools.pairwise(places))
    assert max(places) <= 100
    assert _spread([10.0, 90.0], 10, 0, 100) == [10.0, 90.0]
