"""The page over all runs in a folder, and all their pages drawn again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.reports import html
from experiments.reports.numbers import fraction
from experiments.reports.record import Record
from experiments.training.errors import Mistake
from experiments.training.progress import duration


def finished(output: Path) -> list[Path]:
    """Returns the folders of the finished runs in a folder, and of those within these, such as `protonet/homework`."""
    return sorted(path.parent for path in (*output.glob("*/report.json"), *output.glob("*/*/report.json")))


def redraw(output: Path, presets: Mapping[str, Mapping[str, Any]]) -> Path:
    """Draws the pages of all finished runs in a folder again, and the page over them, whose path it returns.

    Args:
        output: the folder.
        presets: of each experiment, by its name.
    """
    found = finished(output)
    if not found:
        raise Mistake(f"{output} holds no finished run: give the folder that has protonet/ or simclr/ in it.")
    # Not above: whoever trains one of them need not have written the stages that the other one's page imports.
    from experiments.reports.protonet.report import draw as draw_protonet
    from experiments.reports.simclr.report import draw as draw_simclr

    draw = {"protonet": draw_protonet, "simclr": draw_simclr}
    for directory in found:
        record = Record(directory)
        name = record.report["experiment"]
        draw[name](record, presets[name])
    return write_index(output)


def write_index(output: Path) -> Path:
    """Writes `index.html` over the reports that lie in a folder's subfolders."""
    parts = []
    for directory in finished(output):
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
        seconds = sum(report.get("seconds", {}).values())
        took = html.note(f"{duration(seconds)} of training in all.") if seconds else ""
        own = directory.relative_to(output).as_posix()
        title = report["title"] if own == report["experiment"] else f"{report['title']} ({own})"
        link = f'<p><a href="{own}/report.html">The whole report: {html.escape(title)}</a></p>'
        parts.append(html.section(title, _headline(report), report["note"], _tiles(report), took, link))
    lead = f"<p>All reports in <code>{html.escape(output.name)}</code>.</p>"
    return html.write(output / "index.html", "Experiments", lead, "".join(parts))


def _headline(report: dict[str, Any]) -> str:
    return f"<p>{html.escape(report['finding'])}</p>" if report.get("finding") else ""


def _tiles(report: dict[str, Any]) -> str:
    """Returns the results as tiles: a name, a large number, the paper's below."""
    tiles = []
    for row in report["results"]:
        half = row.get("half_width")
        digits = 2 if half is not None and half < 0.005 else 1
        interval = f" <small>±\u00a0{100 * half:.{digits}f}</small>" if half is not None else ""
        of = f" ({html.escape(row['paper_setting'])})" if row.get("paper_setting") else ""
        paper = f"<small>paper{of} {html.escape(row['paper'])}</small>" if fraction(row["paper"]) is not None else ""
        tiles.append(
            f"<li><strong>{html.percent(row['accuracy'], digits=digits)}{interval}</strong>"
            f"<span>{html.escape(row['name'])}</span>{paper}</li>"
        )
    kind = "tiles thirds" if len(tiles) % 3 == 0 and len(tiles) % 4 else "tiles"
    return f'<ul class="{kind}">{"".join(tiles)}</ul>'
