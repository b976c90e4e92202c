"""Bars as inline SVG: no script, no file of their own, and the page's colours."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

ROW = 22  # pixels: a horizontal bar and the space below it
LABELS = 140  # pixels: the names on the left


def histogram(values: Sequence[float], maximum: float, bins: int = 10) -> Markup:
    """Returns a histogram of values in 0 … maximum."""
    counts = [0] * bins
    for value in values:
        counts[min(int(bins * value / maximum), bins - 1) if maximum else 0] += 1
    width, height, step = 420, 170, 40
    tallest = max(counts, default=0) or 1
    parts = [f'<line class="axis" x1="0" x2="{bins * step}" y1="{height - 30}" y2="{height - 30}"/>']
    for index, count in enumerate(counts):
        tall = round((height - 60) * count / tallest, 1)
        x, y = index * step, height - 30 - tall
        parts.append(f'<rect class="bar" x="{x + 3}" y="{y}" width="{step - 6}" height="{tall}" rx="2"/>')
        if count:
            parts.append(f'<text x="{x + step / 2}" y="{y - 5}" text-anchor="middle">{count}</text>')
    for index in range(0, bins + 1, 2):
        x = min(max(index * step, 8), bins * step - 8)
        parts.append(f'<text x="{x}" y="{height - 12}" text-anchor="middle">{maximum * index / bins:g}</text>')
    return _svg(width, height, parts, f"histogram of {len(values)} totals")


def bars(shares: Sequence[tuple[str, float]]) -> Markup:
    """Returns a horizontal bar for each name and share (0 … 1). Names are the rubric's."""
    width, full = 420, 220
    parts = []
    for index, (name, share) in enumerate(shares):
        y = index * ROW
        parts.append(f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{Markup.escape(name)}</text>')
        parts.append(f'<rect class="back" x="{LABELS}" y="{y + 3}" width="{full}" height="{ROW - 7}" rx="2"/>')
        length = round(full * share, 1)
        parts.append(f'<rect class="bar" x="{LABELS}" y="{y + 3}" width="{length}" height="{ROW - 7}" rx="2"/>')
        parts.append(f'<text x="{LABELS + full + 8}" y="{y + 14}">{100 * share:.0f} %</text>')
    return _svg(width, ROW * len(shares) or 1, parts, "mean of each stage")


def _svg(width: int, height: int, parts: list[str], label: str) -> Markup:
    start = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{label}">'
    return Markup("".join([start, *parts, "</svg>"]))
