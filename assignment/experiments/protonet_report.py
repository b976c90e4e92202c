"""The report of the ProtoNet experiment: report.json, and report.html drawn from it and the rest of the folder."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import stages.report
import torch
from stages.episodes import Episode
from torch import Tensor, nn

from experiments import embedding_map, exhibits, figures, page, protonet_exhibits, report
from experiments.charts import COLORS, INK
from experiments.console import duration
from experiments.evaluation import Setting
from experiments.figures import Line
from experiments.run import Run

PAPER = {(5, 1): "98.8 %", (5, 5): "99.7 %", (20, 1): "96.0 %", (20, 5): "98.9 %"}  # Snell et al. 2017, table 1
PAPER_NOTE = (
    "The paper: Snell et al. 2017 (arXiv 1703.05175), table 1, Euclidean distance; 60-way training episodes with as "
    "many support images of each class as in the test, characters divided as in Vinyals et al. 2016. ± is the half "
    "width of the 95 % interval over the test episodes."
)


def write_report(
    run: Run,
    config: Any,
    split: Any,
    model: nn.Module,
    untrained: nn.Module,
    images: Tensor,
    labels: Tensor,
    settings: list[Setting],
) -> Path:
    """Writes the report's files and returns the page's path.

    Args:
        run: the run whose metrics to show.
        config: its `ProtoNetConfig`.
        split: its `data.OmniglotSplit`.
        model: the trained `ProtoNet`.
        untrained: the same network before training.
        images: (N, 1, S, S), the test images, with the rotations.
        labels: (N,) int64, their classes.
        settings: what `evaluation.evaluate` returned.
    """
    results = [_result(setting) for setting in settings]
    cost = report.costs(run, {"train": "training"})
    note = (
        f"<p>Omniglot, {html.escape(split.description)}. {_sizes(split, config.include_validation)}</p>"
        + report.data_note(run)
    )
    content = {"schema": 1, "experiment": "protonet", "title": "Prototypical Networks on Omniglot", "note": note}
    content |= {
        "command": run.command,
        "preset": run.options.preset,
        "finding": "" if report.stand_ins(run) else _finding(results),
    }
    content |= cost
    report.save_json(run.directory, content | {"results": results})
    shown = protonet_exhibits.collect(model, untrained, split, images, labels, config, run.device)
    exhibits.save(run.directory, shown)
    return draw(report.Record(run.directory))


def _result(setting: Setting) -> dict[str, Any]:
    mean = sum(setting.accuracies) / len(setting.accuracies)
    result = {
        "name": f"{setting.n_way}-way {setting.n_support}-shot",
        "accuracy": mean,
        "episodes": len(setting.accuracies),
        "paper": PAPER.get((setting.n_way, setting.n_support), "–"),
    }
    for field in ("protocol", "network"):
        if value := getattr(setting, field, ""):
            result[field] = value
    interval = report.optional(stages.report.confidence_interval, setting.accuracies)
    if interval is not None:
        result["accuracy"], result["half_width"] = interval
    return result


def _finding(results: list[dict[str, Any]]) -> str:
    """Returns in a sentence in how many settings the run is as good as the paper, its interval taken into account."""
    compared = [row for row in results if report.fraction(row["paper"]) is not None]
    if not compared:
        return ""
    reached = [
        row for row in compared if row["accuracy"] + row.get("half_width", 0) >= (report.fraction(row["paper"]) or 0)
    ]
    if len(reached) == len(compared):
        return "Reaches the paper’s accuracy, or passes it, in every setting that the paper has."
    if not reached:
        return "Stays below the paper’s accuracy in every setting that the paper has."
    names = ", ".join(row["name"] for row in reached)
    return f"Reaches the paper’s accuracy, or passes it, in {len(reached)} of {len(compared)} settings: {names}."


def _sizes(split: Any, include_validation: bool) -> str:
    train, validation, test = (f"{len(part.names):,}" for part in (split.train, split.validation, split.test))
    too = " (trained on as well)" if include_validation else ""
    return f"{train} characters to train on, {validation} to validate on{too}, {test} to test on."


def draw(record: report.Record) -> Path:
    """Draws report.html from what lies in the run's folder."""
    from experiments.protonet import PRESETS  # not above: that module writes this report

    content = record.report
    lead = f"<p>{html.escape(content.get('finding', ''))}</p>" if content.get("finding") else ""
    took = duration(sum(content["seconds"].values()))
    lead += f"<p>Preset <code>{record.preset}</code>, trained in {took}.</p>"
    body = page.section("Test accuracy", content["note"], _accuracy(record))
    body += page.section("Learning", *(_learning(record, name) for name in record.phases("train")))
    body += page.section("A test episode", _predictions(record))
    body += page.section("Map of ten test characters", _maps(record))
    body += report.how_it_was_made(record, PRESETS)
    return page.write(record.directory / "report.html", content["title"], lead, body)


def _accuracy(record: report.Record) -> str:
    results = record.report["results"]
    extra = [field for field in ("protocol",) if any(field in row for row in results)]
    header = ["setting", *extra, "this run", "paper", "difference, points"]
    rows = [
        [
            row["name"],
            *(html.escape(row.get(field, "")) for field in extra),
            page.percent(row["accuracy"], row.get("half_width"), digits=2),
            row["paper"],
            report.difference(row),
        ]
        for row in results
    ]
    first = 1 + len(extra)
    table = page.table(
        header, rows, range(first, first + 3), main=first, caption="Test accuracy by setting", steady=True
    )
    measured = report.measured(results)
    said = [
        f"{row.name} {page.percent(row.value, row.half_width, 2)}"
        + ("" if row.paper is None else f", paper {page.percent(row.paper)}")
        for row in measured
    ]
    chart = page.drawing(
        figures.intervals(measured), "The band is the 95 % interval.", f"Test accuracy: {'; '.join(said)}."
    )
    config = record.config
    training = (
        f" This run: {config['n_way']}-way training episodes, {_networks(record)}; {results[0]['episodes']:,} test "
        f"episodes of {config['test_queries']} queries a class in each setting."
    )
    without = "" if "half_width" in results[0] else " The intervals come with the stage <code>comparison</code>."
    return page.beside(chart, f"<div>{table}</div>") + page.note(PAPER_NOTE + training + without)


def _networks(record: report.Record) -> str:
    """Returns how many episodes each network was trained on, and which settings it is tested in."""
    found = []
    for name, lines in record.phases("train").items():
        tested = [row["name"] for row in record.report["results"] if row.get("network") == name]
        settings = f" (tested in {', '.join(tested)})" if tested else ""
        found.append(f"{len(lines):,} of them" + (f" for the network {html.escape(name)}{settings}" if name else ""))
    return " and ".join(found)


def _learning(record: report.Record, name: str) -> str:
    """Returns the curves of one network; `name` tells networks of the same run apart."""
    lines = record.metrics(f"train-{name}" if name else "train")
    checks = record.metrics(f"validation-{name}" if name else "validation")
    if not lines:
        return ""
    steps = [line["step"] + 1 for line in lines]
    training = figures.binned(steps, [line["accuracy"] for line in lines], "training", INK["c7"])
    names = [key for key in (checks[0] if checks else {}) if key not in ("phase", "step")]
    shown = [training]
    for index, key in enumerate(names):
        shown.append(Line(key, [line["step"] for line in checks], [line[key] for line in checks], COLORS[index]))
    loss = figures.binned(steps, [line["loss"] for line in lines], "")
    ends = [f"{line.name} {page.percent(line.y[-1])}" for line in shown]
    best = [f"{key} at its best {page.percent(max(line[key] for line in checks))}" for key in names]
    of = f" of the network {name}" if name else ""
    alt = f"Accuracy{of} by training episode; after {steps[-1]:,} episodes: {', '.join([*ends, *best])}."
    kind = "Colours: episodes of validation characters" if names else "No validation was made in this run"
    if names and record.config.get("include_validation"):
        kind += ", which this run trains on too, so that they are no test of it"
    charts = page.beside(
        page.drawing(
            figures.lines(shown, "episode", "accuracy", percent=True),
            f"{kind}; grey: the training episodes, their mean and the middle eight tenths.",
            alt,
        ),
        page.drawing(
            figures.lines([loss], "episode", "loss, logarithmic", log_y=True),
            "Loss of the training episodes: mean, and the middle eight tenths.",
            f"Loss{of} by training episode: it goes from {loss.y[0]:.3g} to {loss.y[-1]:.3g}.",
        ),
    )
    return (f"<h3>Network for {html.escape(name)}</h3>" if name else "") + charts


def _predictions(record: report.Record) -> str:
    shown = record.exhibits.get("episode")
    if shown is None:
        return page.note("This run kept no test episode; train again to have one here.")
    episode = Episode(shown["support"].float() / 255, shown["query"].float() / 255)
    predictions = shown["predictions"]
    figure = report.optional(stages.report.plot_predictions, episode, predictions)
    if figure is None:
        return report.not_written("prediction_figure")
    n_way, n_queries = len(predictions), predictions.numel()
    wrong = (predictions != torch.arange(n_way)[:, None]).nonzero().tolist()
    text = f"{n_queries - len(wrong)} of {n_queries} queries of a {n_way}-way 1-shot test episode are right"
    mistakes = ", ".join(f"a query of class {c} was taken for class {int(predictions[c, q])}" for c, q in wrong[:5])
    more = "" if len(wrong) <= 5 else f", and {len(wrong) - 5} more"
    alt = f"Grid of drawn characters: {text}" + (f"; {mistakes}{more}" if wrong else "") + "."
    caption = text + ". Left: the one support image of each class. Above each query: the predicted class."
    return page.picture(figure, caption, alt, width="wide", pixels=True)


def _maps(record: report.Record) -> str:
    shown = record.exhibits.get("maps")
    if shown is None:
        return page.note("This run kept no embeddings; train again to have their map here.")
    glyphs = shown["glyphs"].float() / 255
    parts = []
    for key, title in (("before", "Before training"), ("after", "After training")):
        share = page.percent(shown[f"nearest_{key}"], digits=0)
        parts.append(
            page.drawing(
                embedding_map.draw(shown[key], shown["labels"], glyphs=glyphs),
                f"Nearest neighbour of the same character: {share}.",
                f"Map of {len(shown['labels'])} drawings of {len(glyphs)} characters by their embeddings, "
                f"{title.lower()}: the nearest neighbour of {share} of them is the same character.",
                title,
            )
        )
    return page.beside(*parts) + page.note(
        "Each point is a drawing, each colour a character that training never saw, shown in its middle. t‑SNE of the "
        "embeddings: near on the map was near before; how far apart groups lie means little."
    )
