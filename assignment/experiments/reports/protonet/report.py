"""The report of the ProtoNet experiment: report.json, and report.html drawn from it and the rest of the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stages.report
from markupsafe import Markup, escape

from experiments.data.omniglot import OmniglotSplit
from experiments.evaluation.few_shot import Setting
from experiments.reports.charts.intervals import interval_chart
from experiments.reports.numbers import difference, fraction, measured
from experiments.reports.parts import Group, Part, Section, Table, Text, chart, note, percent, write
from experiments.reports.protonet.sections import learning, test_characters
from experiments.reports.provenance import data_note, how_it_was_made, optional, stand_ins
from experiments.reports.record import Record, companions, costs, save_json
from experiments.training.progress import duration
from experiments.training.run import Run

PAPER = {(5, 1): "98.8 %", (5, 5): "99.7 %", (20, 1): "96.0 %", (20, 5): "98.9 %"}  # Snell et al. 2017, table 1
PAPER_NOTE = (
    "The paper: Snell et al. 2017 (arXiv 1703.05175), table 1, Euclidean distance; 60-way training episodes with as "
    "many support images of each class as in the test, characters divided as in Vinyals et al. 2016. ± is the half "
    "width of the 95 % interval over the test episodes."
)


def summarise(run: Run, split: OmniglotSplit, settings: list[Setting]) -> None:
    """Writes report.json: what was measured, the paper's figures beside it, and what it cost.

    Args:
        run: the run, its training done.
        split: which characters it was trained, validated and tested on.
        settings: what `few_shot.evaluate` returned.
    """
    results = [_result(setting) for setting in settings]
    cost = costs(run)
    note = f"<p>Omniglot, {escape(split.description)}. {_sizes(split, run.config.include_validation)}</p>" + data_note(
        run
    )
    content = {"schema": 1, "experiment": "protonet", "title": "Prototypical Networks on Omniglot", "note": note}
    content |= {
        "command": run.command,
        "preset": run.options.preset,
        "finding": "" if stand_ins(run) else _finding(results),
    }
    content |= cost
    save_json(run.directory, content | {"results": results})


def _result(setting: Setting) -> dict[str, Any]:
    mean = sum(setting.accuracies) / len(setting.accuracies)
    result = {
        "name": f"{setting.n_way}-way {setting.n_support}-shot",
        "accuracy": mean,
        "episodes": len(setting.accuracies),
        "paper": PAPER.get((setting.n_way, setting.n_support), "–"),
        "network": setting.network,
    }
    interval = optional(stages.report.confidence_interval, setting.accuracies)
    if interval is not None:
        result["accuracy"], result["half_width"] = interval
    return result


def _finding(results: list[dict[str, Any]]) -> str:
    """Returns in a sentence in how many settings the run is as good as the paper, allowing for its interval."""
    compared = [row for row in results if fraction(row["paper"]) is not None]
    if not compared:
        return ""
    reached = [row for row in compared if row["accuracy"] + row.get("half_width", 0) >= (fraction(row["paper"]) or 0)]
    if len(reached) == len(compared):
        return "Reaches the paper’s accuracy, or passes it, in every setting that the paper has."
    if not reached:
        return "Stays below the paper’s accuracy in every setting that the paper has."
    names = ", ".join(row["name"] for row in reached)
    return f"Reaches the paper’s accuracy, or passes it, in {len(reached)} of {len(compared)} settings: {names}."


def _sizes(split: OmniglotSplit, include_validation: bool) -> str:
    train, validation, test = (f"{len(part.names):,}" for part in (split.train, split.validation, split.test))
    too = " (trained on as well)" if include_validation else ""
    return f"{train} characters to train on, {validation} to validate on{too}, {test} to test on."


def draw(record: Record, presets: Mapping[str, Any]) -> Path:
    """Draws report.html from what lies in the run's folder, and returns its path; `presets` are the experiment's."""
    content = record.report
    took = duration(sum(content["seconds"].values()))
    lead = [content.get("finding", ""), f"Preset `{record.preset}`, trained in {took}."]
    sections = [
        Section("Test accuracy", [Markup(content["note"]), *_accuracy(record)]),
        Section("Learning", learning(record)),
        *test_characters(record),
        *how_it_was_made(record, presets),
    ]
    return write(record.directory / "report.html", content["title"], lead, sections)


def _accuracy(record: Record) -> list[Part | str]:
    results = record.report["results"]
    table = _table(results, "Test accuracy by setting")
    shown = measured(results)
    said = [
        f"{row.name} {percent(row.value, row.half_width, 2)}"
        + ("" if row.paper is None else f", paper {percent(row.paper)}")
        for row in shown
    ]
    intervals = chart(interval_chart(shown), "The band is the 95 % interval.", f"Test accuracy: {'; '.join(said)}.")
    config = record.config
    training = (
        f" This run: {config['n_way']}-way training episodes, {_networks(record)}; {results[0]['episodes']:,} test "
        f"episodes of {config['test_queries']} queries a class in each setting."
    )
    without = "" if "half_width" in results[0] else " The stage `comparison` adds the intervals."
    return [
        Group([intervals, Group([table], "block")], "beside"),
        note(PAPER_NOTE + training + without),
        *_others(record),
    ]


def _table(results: list[dict[str, Any]], caption: str) -> Table:
    """Returns the accuracies as a table, the paper's beside them."""
    rows = [
        [
            row["name"],
            percent(row["accuracy"], row.get("half_width"), digits=2),
            row["paper"],
            difference(row),
        ]
        for row in results
    ]
    return Table(["setting", "this run", "paper", "gap, points"], rows, (1, 2, 3), caption, main=1, style="steady")


def _others(record: Record) -> list[Part | str]:
    """Returns the accuracies of runs that lie in this one's folder or beside it, such as with another protocol."""
    parts: list[Part | str] = []
    for name, other in companions(record).items():
        took = duration(sum(other["seconds"].values()))
        parts += [Text(f"Another run: {name}, trained in {took}", "heading"), Markup(other["note"])]
        parts.append(_table(other["results"], f"Test accuracy by setting, {name}"))
    return parts


def _networks(record: Record) -> str:
    """Returns how many episodes each network was trained on, and which settings it is tested in."""
    found = []
    for name, lines in record.phases("train").items():
        tested = [row["name"] for row in record.report["results"] if row["network"] == name]
        settings = f" (tested in {', '.join(tested)})" if tested else ""
        found.append(f"{len(lines):,} of them for the network {name}{settings}")
    return " and ".join(found)
