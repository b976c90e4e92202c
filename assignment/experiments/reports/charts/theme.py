"""A matplotlib figure as SVG inside the page, in the page's colours and fonts: dark where the page is dark.

Figures are drawn in the colours of `INK`; each is replaced by the page's variable of that name. What a stage draws
is not restyled: it goes into the page as it is (`parts.picture`).
"""

from __future__ import annotations

import hashlib
import io
import re
from html import escape
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# The names are those of the variables in report.css, which has the same values for a light page.
INK = {
    "ink": "#1c2330",  # text
    "soft": "#5a6475",  # axes and remarks
    "grid": "#dfe3ea",
    "paper": "#fefefe",  # what lies under the figure
    "c0": "#1f5fbf",
    "c1": "#b35900",
    "c2": "#1e7a46",
    "c3": "#b3261e",
    "c4": "#7b3fb5",
    "c5": "#7a4b2a",
    "c6": "#b81f84",
    "c7": "#5f6b7a",
    "c8": "#77720a",
    "c9": "#0b7285",
}
COLORS = tuple(INK[f"c{index}"] for index in range(10))
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9.5,
    "text.color": INK["ink"],
    "axes.labelcolor": INK["soft"],
    "axes.edgecolor": INK["soft"],
    "axes.titlecolor": INK["soft"],
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK["grid"],
    "grid.linewidth": 0.8,
    "xtick.color": INK["soft"],
    "ytick.color": INK["soft"],
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def svg(figure: Figure, alt: str) -> str:
    """Returns a figure as an SVG element to stand in a page.

    Args:
        figure: drawn in `STYLE`, with the colours of `INK`.
        alt: what it says, for someone who cannot see it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": "experiments"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sclip-path="[^"]*"', "", text)  # lines stay within the axes anyway
    text = re.sub(r"<clipPath.*?</clipPath>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*font-family: [^;]*;", "", text)  # the page's
    text = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", text)
    text = _own_names(text, hashlib.sha256((alt + text).encode()).hexdigest()[:8])
    text = _page_colours(text)
    size = re.search(r'viewBox="[^"]*"', text)
    label = escape(alt, quote=True)
    opening = f'<svg role="img" aria-label="{label}" {size[0] if size else ""}>'
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<svg[^>]*>", lambda match: opening, text, count=1)).strip()


def _own_names(text: str, prefix: str) -> str:
    """Keeps only the ids that the figure itself refers to, and makes them unlike those of any other figure."""
    used = set(re.findall(r'xlink:href="#([^"]*)"', text))
    text = re.sub(r'\sid="([^"]*)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", text)
    return re.sub(r'xlink:href="#([^"]*)"', rf'href="#{prefix}-\1"', text)


def _page_colours(text: str) -> str:
    """Replaces each colour of `INK` by the page's variable, with the colour for where there is none."""
    for name, colour in INK.items():
        text = text.replace(f": {colour}", f": var(--{name}, {colour})")
    return text
