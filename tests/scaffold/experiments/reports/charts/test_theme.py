"""Charts take the colours of the page."""

from __future__ import annotations

import re

import pytest
import small_runs

pytestmark = pytest.mark.usefixtures("reference")


def test_every_ink_is_a_colour_of_the_page_in_light_and_in_dark() -> None:
    from experiments.reports.charts.theme import INK

    style = (small_runs.ROOT / "assignment" / "experiments" / "reports" / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    for name, colour in INK.items():
        assert f"--{name}: " in light
        assert f"--{name}: " in dark
        if name != "paper":
            assert f"--{name}: {colour};" in light
    assert len(set(INK.values())) == len(INK)


def test_a_chart_takes_the_colours_of_the_page() -> None:
    from experiments.reports.charts.lines import Line, line_chart
    from experiments.reports.charts.theme import COLORS, svg

    chart = svg(line_chart([Line("one", [1, 2], [0.5, 0.7], COLORS[1])], "x", "y", percent=True), 'says "so" & <more>')
    assert chart.startswith('<svg role="img" aria-label="says &quot;so&quot; &amp; &lt;more&gt;" viewBox=')
    assert "stroke: var(--c1, #b35900)" in chart
    assert "fill: var(--c1, #b35900)" in chart, "the line's name"
    assert ">one</text>" in chart
    assert not re.search(r"http|<style|font-family|#ffffff|#000000", chart)
