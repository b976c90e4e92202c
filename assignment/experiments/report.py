"""HTML pages that hold everything they show: no file beside them, no address outside them."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any, Literal, TypeVar

import matplotlib
from matplotlib.figure import Figure

from experiments.console import duration

Result = TypeVar("Result")
Width = Literal["narrow", "full", "wide"]


def picture(figure: Figure, caption: str, alt: str, width: Width = "narrow", pixels: bool = False) -> str:
    """Returns a figure as HTML, the picture inside it.

    Args:
        figure: the figure; it is closed.
        caption: what to see in it, shown below; HTML.
        alt: the same for someone who cannot see it.
        width: "narrow" or "full" on a large screen; "wide" is full, and on a phone scrolls sideways instead of
            shrinking until its text cannot be read.
        pixels: it holds images: PNG, not SVG.
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "experiments"}):
        if pixels:
            figure.savefig(buffer, format="png", dpi=110)
        else:
            figure.savefig(buffer, format="svg", metadata={"Date": None})
    if "matplotlib.pyplot" in sys.modules:  # a stage may have drawn with it
        sys.modules["matplotlib.pyplot"].close(figure)
    kind = "image/png" if pixels else "image/svg+xml"
    source = f"data:{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"
    image = f'<img src="{source}" alt="{html.escape(alt, quote=True)}">'
    return f'<figure class="{width}"><div class="scroll">{image}</div><figcaption>{caption}</figcaption></figure>'


def beside(*pictures: str) -> str:
    """Returns pictures side by side where there is room for it, as HTML."""
    return f'<div class="beside">{"".join(pictures)}</div>'


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], main: int = -1) -> str:
    """Returns a table of HTML cells; `numbers` are the columns to align right, `main` is the one to read first."""

    def cell(tag: str, column: int, text: str) -> str:
        classes = ("number " if column in numbers else "") + ("main" if column == main and tag == "td" else "")
        return f'<{tag} class="{classes.strip()}">{text}</{tag}>' if classes else f"<{tag}>{text}</{tag}>"

    lines = [("th", header), *(("td", row) for row in rows)]
    body = "".join("<tr>" + "".join(cell(tag, i, text) for i, text in enumerate(row)) + "</tr>\n" for tag, row in lines)
    return f'<div class="scroll"><table>{body}</table></div>'


def section(title: str, *parts: str) -> str:
    """Returns a section as HTML; parts that are empty are left out."""
    return f"<section><h2>{html.escape(title)}</h2>{''.join(parts)}</section>\n"


def settings(values: dict[str, Any], texts: dict[str, str] | None = None) -> str:
    """Returns a table of names and values, such as a configuration; `texts` explains the names."""
    shown = {name: " ".join(map(str, value)) if isinstance(value, list) else value for name, value in values.items()}
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(str(value))}</td>"
        + (f'<td class="note">{_with_code(texts.get(name, ""))}</td>' if texts else "")
        + "</tr>\n"
        for name, value in shown.items()
    )
    return f'<div class="scroll"><table class="settings">{rows}</table></div>'


def _with_code(text: str) -> str:
    """Returns plain text as HTML, with `…` as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


def how_it_was_made(run: Any, config_texts: dict[str, str], seconds: dict[str, float]) -> str:
    """Returns the sections that end every report: how to run it again, the configuration, the environment."""
    config = json.loads((run.directory / "config.json").read_text(encoding="utf-8"))
    environment = json.loads((run.directory / "environment.json").read_text(encoding="utf-8"))
    times = table(("phase", "time"), [(name, duration(value)) for name, value in seconds.items()], numbers=(1,))
    shown = {name: value for name, value in environment.items() if value != "" and name not in ("command", "data_note")}
    return (
        section("Run it again", f"<pre>{html.escape(run.command)}</pre>", times)
        + section("Configuration", settings(config, config_texts))
        + section("Environment", settings(shown))
    )


def data_note(run: Any) -> str:
    """Returns the remark on the data that the user gave, as HTML; empty if there is none."""
    note = json.loads((run.directory / "environment.json").read_text(encoding="utf-8"))["data_note"]
    if run.options.preset == "smoke" and run.options.data_root is None:
        note = note or "procedural stand-ins, so the accuracies say nothing of the method"
    return f"<p><strong>Data:</strong> {html.escape(note)}.</p>" if note else ""


def optional(stage: Callable[..., Result], *arguments: Any) -> Result | None:
    """Calls a stage that a report can do without; returns None while the student has not written it."""
    try:
        return stage(*arguments)
    except NotImplementedError:
        return None


def percent(value: float, half_width: float | None = None, digits: int = 1) -> str:
    """Returns a fraction as a percentage, with the half width of its interval if there is one."""
    text = f"{100 * value:.{digits}f}"
    return f"{text} %" if half_width is None else f"{text} ± {100 * half_width:.{digits}f} %"


def write_page(path: Path, title: str, lead: str, body: str) -> Path:
    """Writes a page; `lead` and `body` are HTML."""
    template = Template((Path(__file__).parent / "template.html").read_text(encoding="utf-8"))
    path.write_text(template.substitute(title=html.escape(title), lead=lead, body=body), encoding="utf-8")
    return path


def write_index(output: Path) -> Path:
    """Writes `index.html` over the reports that lie in a folder's subfolders."""
    parts = []
    for path in sorted(output.glob("*/report.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            (html.escape(row["name"]), percent(row["accuracy"], row.get("half_width")), html.escape(row["paper"]))
            for row in report["results"]
        ]
        link = f'<p><a href="{path.parent.name}/report.html">The whole report</a></p>'
        results = table(("accuracy", "this run", "paper"), rows, numbers=(1, 2), main=1)
        parts.append(section(report["title"], report["note"], results, link))
    lead = f"All reports in <code>{html.escape(output.name)}</code>."
    return write_page(output / "index.html", "Experiments", lead, "".join(parts))
