"""What all reports have in common: reading a run's folder, how the run was made, and the page over all of them.

A report is drawn from the folder alone (`Record`), so it can be drawn again: `python -m experiments report runs/cpu`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from experiments import cli, exhibits, intervals, page, tried
from experiments.console import duration
from experiments.errors import Mistake

Result = TypeVar("Result")


class Record:
    """What a run left in its folder.

    Attributes:
        directory: the folder.
        report: report.json.
        config: config.json.
        environment: environment.json.
        exhibits: what `exhibits.py` kept; empty if it is not there.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        self.report, self.config, self.environment = (
            json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("report", "config", "environment")
        )
        self.exhibits = exhibits.load(directory)
        self._phases: dict[str, list[dict[str, Any]]] = {}
        path = directory / "metrics.jsonl"
        for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            line = json.loads(text)
            self._phases.setdefault(line["phase"], []).append(line)

    def metrics(self, phase: str) -> list[dict[str, Any]]:
        """Returns the lines of a phase; none if there was no such phase."""
        return self._phases.get(phase, [])

    def phases(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """Returns the phases `kind-<name>` that were logged, by their names."""
        start = f"{kind}-"
        return {name.removeprefix(start): lines for name, lines in self._phases.items() if name.startswith(start)}

    @property
    def preset(self) -> str:
        """The preset's name."""
        return self.report.get("preset", "cpu")


def save_json(directory: Path, content: dict[str, Any]) -> None:
    """Writes report.json."""
    (directory / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def costs(run: Any) -> dict[str, dict[str, float]]:
    """Returns how long the phases of a run took, and the most memory in them where it was measured, in bytes.

    Args:
        run: the run; its phases are those that were logged and have a checkpoint.
    """
    lines = run.metrics_path.read_text(encoding="utf-8").splitlines()
    logged = dict.fromkeys(json.loads(line)["phase"] for line in lines)
    kept = [name for name in logged if (run.directory / "checkpoints" / f"{name}.pt").exists()]
    phases = {name: run.phase(name) for name in kept}
    found: dict[str, dict[str, float]] = {"seconds": {name: phase.seconds for name, phase in phases.items()}}
    for kind in ("peak_memory", "peak_device_memory"):
        memory = {name: getattr(phase, kind, None) for name, phase in phases.items()}
        found[kind] = {name: value for name, value in memory.items() if value}
    return {kind: values for kind, values in found.items() if values}


def how_it_was_made(record: Record, presets: dict[str, Any]) -> str:
    """Returns the sections that end every report: what was tried, time and memory, the command, all settings.

    Args:
        record: the run.
        presets: the presets of its experiment.
    """
    usual = presets.get(record.preset)
    texts = cli.documentation(type(next(iter(presets.values()))))
    hidden = ("command", "data_note")
    shown = {name: value for name, value in record.environment.items() if value != "" and name not in hidden}
    log = tried.find(record.directory, record.preset)
    return (
        page.section("What each change bought", tried.as_html(log.read_text(encoding="utf-8")) if log else "")
        + page.section("Time and memory", _time_and_memory(record))
        + page.section("Run it again", _command(record.report["command"]))
        + page.section("Configuration", page.settings(record.config, texts, vars(usual) if usual else None))
        + page.section("Environment", page.settings(shown))
    )


def _command(command: str) -> str:
    """Returns a command as HTML whose lines break between its words only, not after a hyphen."""
    words = (f"<span>{html.escape(word)}</span>" for word in command.split(" "))
    return f"<pre>{' '.join(words)}</pre>"


def _time_and_memory(record: Record) -> str:
    seconds: dict[str, float] = record.report["seconds"]
    kinds = {"peak_memory": "peak memory", "peak_device_memory": "peak memory of the GPU"}
    memory = {text: record.report[kind] for kind, text in kinds.items() if record.report.get(kind)}
    total = sum(seconds.values())
    long = [name for name in seconds if len(seconds) <= 8 or seconds[name] >= 0.01 * total]
    rows = [[html.escape(name), *_cost(seconds, memory, [name]), _rate(record, name)] for name in long]
    if short := [name for name in seconds if name not in long]:
        rows.append([f"{len(short)} shorter phases", *_cost(seconds, memory, short), "–"])
    if len(rows) > 1:
        rows.append(["all", *_cost(seconds, memory, list(seconds)), ""])
    header = ["phase", "time", *memory, "steps per second"]
    if all(row[-1] in ("–", "") for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    missing = "" if memory else page.note("The memory was not measured in this run.")
    return page.table(header, rows, numbers=range(1, len(header)), main=1, caption="Time by phase") + missing


def _cost(seconds: dict[str, float], memory: dict[str, dict[str, float]], names: list[str]) -> list[str]:
    """Returns the cells of some phases together: their time, and the most memory of each kind."""
    most = [max(peaks.get(name, 0) for name in names) for peaks in memory.values()]
    sizes = [f"{size / 2**30:.2f}\u00a0GiB" if size else "–" for size in most]
    return [duration(sum(seconds[name] for name in names)).replace(" ", "\u00a0"), *sizes]


def _rate(record: Record, name: str) -> str:
    steps = len(record.metrics(name))
    seconds = record.report["seconds"][name]
    return f"{steps / seconds:.3g}" if steps >= 100 and seconds else "–"


def stand_ins(run: Any) -> bool:
    """Tells whether a run was made with stand-ins for the data, so that no paper can be compared with it."""
    return run.options.preset == "smoke" and run.options.data_root is None


def data_note(run: Any) -> str:
    """Returns the remark on the data that the user gave, as HTML; empty if there is none."""
    remark = json.loads((run.directory / "environment.json").read_text(encoding="utf-8"))["data_note"]
    if stand_ins(run):
        remark = remark or "procedural stand-ins, so the accuracies say nothing of the method"
    return f"<p><strong>Data:</strong> {html.escape(remark)}.</p>" if remark else ""


def optional(stage: Callable[..., Result], *arguments: Any) -> Result | None:
    """Calls a stage that a report can do without; returns None while the student has not written it."""
    try:
        return stage(*arguments)
    except NotImplementedError:
        return None


def not_written(stage: str) -> str:
    """Returns the sentence that stands for a figure that a stage would draw."""
    return page.note(f"There will be a figure here once the stage <code>{stage}</code> is written.")


def fraction(text: str) -> float | None:
    """Returns what a paper's figure such as "98.8 %" is as a fraction; None for a dash."""
    number = text.replace("%", "").strip()
    return float(number) / 100 if number.replace(".", "", 1).isdigit() else None


def measured(results: Sequence[dict[str, Any]]) -> list[intervals.Measured]:
    """Returns the rows of report.json as `figures.intervals` wants them."""
    return [
        intervals.Measured(row["name"], row["accuracy"], row.get("half_width"), fraction(row["paper"]))
        for row in results
    ]


def difference(row: dict[str, Any]) -> str:
    """Returns how far a result is from the paper's, in points of a hundred."""
    paper = fraction(row["paper"])
    return "–" if paper is None else points(row["accuracy"] - paper)


def points(gap: float) -> str:
    """Returns the difference of two fractions in points of a hundred, with its sign unless it rounds to nothing."""
    text = f"{100 * gap:+.1f}".replace("-", "−")
    return text if text[1:] != "0.0" else "0.0"


def finished(output: Path) -> list[Path]:
    """Returns the folders of the finished runs in a folder, and of those within these, such as `protonet/homework`."""
    return sorted(path.parent for path in (*output.glob("*/report.json"), *output.glob("*/*/report.json")))


def companions(record: Record) -> dict[str, dict[str, Any]]:
    """Returns report.json of other runs of an experiment by name: `<folder>/protonet` beside it, or a folder in it."""
    own, experiment = record.directory.resolve(), record.report["experiment"]
    found = {}
    for path in sorted((*own.parent.glob(f"*/{experiment}/report.json"), *own.glob("*/report.json"))):
        other = json.loads(path.read_text(encoding="utf-8"))
        if other["experiment"] == experiment:
            found[path.parents[path.parent.name == experiment].name] = other
    return found


def redraw(output: Path) -> Path:
    """Draws the pages of all finished runs in a folder again, and the page over them, whose path it returns."""
    found = finished(output)
    if not found:
        raise Mistake(f"{output} holds no finished run: give the folder that has protonet/ or simclr/ in it.")
    from experiments import protonet_report, simclr_report  # not above: they need this module

    draw = {"protonet": protonet_report.draw, "simclr": simclr_report.draw}
    for directory in found:
        record = Record(directory)
        draw[record.report["experiment"]](record)
    return write_index(output)


def write_index(output: Path) -> Path:
    """Writes `index.html` over the reports that lie in a folder's subfolders."""
    parts = []
    for directory in finished(output):
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
        seconds = sum(report.get("seconds", {}).values())
        took = page.note(f"{duration(seconds)} of training in all.") if seconds else ""
        own = directory.relative_to(output).as_posix()
        title = report["title"] if own == report["experiment"] else f"{report['title']} ({own})"
        link = f'<p><a href="{own}/report.html">The whole report: {html.escape(title)}</a></p>'
        parts.append(page.section(title, _headline(report), report["note"], _tiles(report), took, link))
    lead = f"<p>All reports in <code>{html.escape(output.name)}</code>.</p>"
    return page.write(output / "index.html", "Experiments", lead, "".join(parts))


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
            f"<li><strong>{page.percent(row['accuracy'], digits=digits)}{interval}</strong>"
            f"<span>{html.escape(row['name'])}</span>{paper}</li>"
        )
    kind = "tiles thirds" if len(tiles) % 3 == 0 and len(tiles) % 4 else "tiles"
    return f'<ul class="{kind}">{"".join(tiles)}</ul>'
