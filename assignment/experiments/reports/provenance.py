"""How a run was made: what was tried before, time and memory, the command, the settings, the data."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from markupsafe import escape

from experiments.reports.markdown import markdown
from experiments.reports.parts import Command, Part, Section, Table, Text, note, settings
from experiments.reports.record import Record
from experiments.training.config import documentation
from experiments.training.progress import duration
from experiments.training.run import Run

Result = TypeVar("Result")


def how_it_was_made(record: Record, presets: Mapping[str, Any]) -> list[Section]:
    """Returns the sections that end every report: what was tried, time and memory, the command, all settings.

    Args:
        record: the run.
        presets: the presets of its experiment.
    """
    usual = presets.get(record.preset)
    texts = documentation(type(next(iter(presets.values()))))
    hidden = ("command", "data_note")
    shown = {name: value for name, value in record.environment.items() if value != "" and name not in hidden}
    log = find_log(record.directory, record.preset)
    return [
        Section("What each change bought", markdown(log.read_text(encoding="utf-8")) if log else []),
        Section("Time and memory", _time_and_memory(record)),
        Section("Run it again", [Command(record.report["command"])]),
        Section("Configuration", [settings(record.config, texts, vars(usual) if usual else None)]),
        Section("Environment", [settings(shown)]),
    ]


def _time_and_memory(record: Record) -> list[Part]:
    seconds: dict[str, float] = record.report["seconds"]
    kinds = {"peak_memory": "peak memory", "peak_device_memory": "peak memory of the GPU"}
    memory = {text: record.report[kind] for kind, text in kinds.items() if record.report.get(kind)}
    total = sum(seconds.values())
    long = [name for name in seconds if len(seconds) <= 8 or seconds[name] >= 0.01 * total]
    rows = [[name, *_cost(seconds, memory, [name]), _rate(record, name)] for name in long]
    if short := [name for name in seconds if name not in long]:
        rows.append([f"{len(short)} shorter phases", *_cost(seconds, memory, short), "–"])
    if len(rows) > 1:
        rows.append(["all", *_cost(seconds, memory, list(seconds)), ""])
    header = ["phase", "time", *memory, "steps per second"]
    if all(row[-1] in ("–", "") for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    table = Table(header, rows, range(1, len(header)), "Time by phase", main=1)
    return [table] if memory else [table, note("Memory was not measured in this run.")]


def _cost(seconds: dict[str, float], memory: dict[str, dict[str, float]], names: list[str]) -> list[str]:
    """Returns the cells of some phases together: their time, and the most memory of each kind."""
    most = [max(peaks.get(name, 0) for name in names) for peaks in memory.values()]
    sizes = [f"{size / 2**30:.2f}\u00a0GiB" if size else "–" for size in most]
    return [duration(sum(seconds[name] for name in names)).replace(" ", "\u00a0"), *sizes]


def _rate(record: Record, name: str) -> str:
    steps = len(record.metrics(name))
    seconds = record.report["seconds"][name]
    return f"{steps / seconds:.3g}" if steps >= 100 and seconds else "–"


def find_log(directory: Path, preset: str) -> Path | None:
    """Returns the log of a run: in its own folder, else where the runs that came with the stages are kept."""
    places = [directory / "tried.md"]
    stages = sys.modules.get("stages")
    if stages and stages.__file__:
        places.append(Path(stages.__file__).parents[1] / "runs" / preset / directory.name / "tried.md")
    return next((place for place in places if place.is_file()), None)


def stand_ins(run: Run) -> bool:
    """Tells whether a run was made with stand-ins for the data, so that it cannot be compared with a paper."""
    return run.options.preset == "smoke" and run.options.data_root is None


def data_note(run: Run) -> str:
    """Returns the remark on the data that the user gave, as HTML; empty if there is none."""
    remark = json.loads((run.directory / "environment.json").read_text(encoding="utf-8"))["data_note"]
    if stand_ins(run):
        remark = remark or "procedural stand-ins, so the accuracies say nothing about the method"
    return f"<p><strong>Data:</strong> {escape(remark)}.</p>" if remark else ""


def optional(stage: Callable[..., Result], *arguments: Any) -> Result | None:
    """Calls a stage that a report can do without; returns None if the student has not written it."""
    try:
        return stage(*arguments)
    except NotImplementedError:
        return None


def not_written(stage: str) -> Text:
    """Returns the sentence shown in place of a figure that a stage would draw."""
    return note(f"There will be a figure here once the stage `{stage}` is written.")
