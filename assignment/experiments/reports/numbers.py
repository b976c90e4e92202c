"""Numbers of a report beside those of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from experiments.reports.charts.intervals import Measured


def fraction(text: str) -> float | None:
    """Returns what a paper's figure such as "98.8 %" is as a fraction; None for a dash."""
    number = text.replace("%", "").strip()
    return float(number) / 100 if number.replace(".", "", 1).isdigit() else None


def measured(results: Sequence[dict[str, Any]]) -> list[Measured]:
    """Returns the rows of report.json as the chart of intervals takes them."""
    return [Measured(row["name"], row["accuracy"], row.get("half_width"), fraction(row["paper"])) for row in results]


def difference(row: dict[str, Any]) -> str:
    """Returns how far a result is from the paper's, in percentage points."""
    paper = fraction(row["paper"])
    return "–" if paper is None else points(row["accuracy"] - paper)


def points(gap: float) -> str:
    """Returns the difference of two fractions in percentage points, with its sign unless it rounds to zero."""
    text = f"{100 * gap:+.1f}".replace("-", "−")
    return text if text[1:] != "0.0" else "0.0"
