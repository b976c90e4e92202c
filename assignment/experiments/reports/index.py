"""The page over all runs in a folder, and all their pages drawn again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from experiments.reports.numbers import fraction
from experiments.reports.parts import Section, Text, Tile, Tiles, note, percent, write
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
    sections = []
    for directory in finished(output):
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
        seconds = sum(report.get("seconds", {}).values())
        took = note(f"{duration(seconds)} of training in total.") if seconds else None
        own = directory.relative_to(output).as_posix()
        title = report["title"] if own == report["experiment"] else f"{report['title']} ({own})"
        finding = Text(report["finding"]) if report.get("finding") else None
        link = Text(Markup('<a href="{}/report.html">The full report: {}</a>').format(own, title))
        sections.append(Section(title, [finding, Markup(report["note"]), _tiles(report), took, link]))
    return write(output / "index.html", "Experiments", [f"All reports in `{output.name}`."], sections)


def _tiles(report: dict[str, Any]) -> Tiles:
    """Returns the results as tiles: a name, a large number, the paper's below."""
    tiles = []
    for row in report["results"]:
        half = row.get("half_width")
        digits = 2 if half is not None and half < 0.005 else 1
        interval = f"±\u00a0{100 * half:.{digits}f}" if half is not None else ""
        of = f" ({row['paper_setting']})" if row.get("paper_setting") else ""
        paper = f"paper{of} {row['paper']}" if fraction(row["paper"]) is not None else ""
        tiles.append(Tile(percent(row["accuracy"], digits=digits), interval, row["name"], paper))
    return Tiles(tiles)
