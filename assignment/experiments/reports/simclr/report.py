"""The report of the SimCLR experiment: report.json, and report.html drawn from it and the rest of the run's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from markupsafe import Markup

from experiments.evaluation.label_efficiency import Outcome
from experiments.reports.parts import Group, Part, Section, Table, Text, note, percent, write
from experiments.reports.provenance import data_note, how_it_was_made
from experiments.reports.record import Record, costs, save_json
from experiments.reports.simclr.pictures import what_it_sees
from experiments.reports.simclr.sections import ahead_until, pretraining, supervised
from experiments.training.progress import duration
from experiments.training.run import Run

PROTOCOLS = {
    "homework": "labels from the test files: {train:,} photographs to train on, {validation:,} others to measure on",
    "standard": "labels from the training files, {train:,}; accuracy on the {validation:,} test photographs",
}
CLASSIFIERS = {
    "probe": "linear probe",
    "control": "linear probe of the untrained encoder",
    "baseline": "baseline from scratch",
}
PAPER = {"probe": "94.0 %", "baseline": "95.1 %"}  # Chen et al. 2020, appendix B.9
PAPER_NOTE = (
    "The paper: Chen et al. 2020 (arXiv 2002.05709), appendix B.9: on CIFAR-10 under the standard protocol 94.0 % for "
    "the linear probe and 95.1 % for the supervised baseline, both with a ResNet-50 and batches of 1,024, the best of "
    "its settings. It has no figures for the homework’s protocol, nor for a ResNet-18. "
)


def summarise(run: Run, n_images: int, outcomes: Sequence[Outcome]) -> None:
    """Writes report.json: what was measured, the paper's figures beside it, and what it cost.

    Args:
        run: the run, all its phases done.
        n_images: the number of photographs it was pretrained on.
        outcomes: one for each protocol.
    """
    results = [_result(outcome, kind) for outcome in outcomes for kind in CLASSIFIERS]
    note = f"<p>CIFAR-10; pretrained on {n_images:,} photographs without labels.</p>" + data_note(run)
    content = {"schema": 1, "experiment": "simclr", "title": "SimCLR on CIFAR-10", "note": note}
    content |= {"command": run.command, "preset": run.options.preset, "finding": _finding(results)}
    content |= costs(run) | {
        "loss_by_epoch": _loss_by_epoch(run, n_images),
        "protocols": {
            o.protocol: PROTOCOLS[o.protocol].format(train=o.n_train, validation=o.n_validation) for o in outcomes
        },
        "results": results,
    }
    save_json(run.directory, content)


def _result(outcome: Outcome, kind: str) -> dict[str, Any]:
    """Returns a row of the table; the interval is the normal one of a proportion."""
    value = getattr(outcome, kind).val_accuracy[-1]
    return {
        "name": f"{CLASSIFIERS[kind]}, {outcome.protocol} protocol",
        "accuracy": value,
        "half_width": 1.96 * (value * (1 - value) / outcome.n_validation) ** 0.5,
        "photographs": outcome.n_validation,
        "paper": PAPER.get(kind, "–") if outcome.protocol == "standard" else "–",
        "paper_setting": "ResNet‑50",
        "protocol": outcome.protocol,
        "classifier": kind,
    }


def _finding(results: list[dict[str, Any]]) -> str:
    """Returns in a sentence the accuracy of the last protocol's probe, and what to compare it with."""
    last = {row["classifier"]: row for row in results if row["protocol"] == results[-1]["protocol"]}
    values = {kind: percent(row["accuracy"]) for kind, row in last.items()}
    return (
        f"With features learnt without labels, a linear probe is right about {values['probe']} of the photographs; "
        f"without pretraining it is right about {values['control']}, and the same network trained from scratch with "
        f"the same labels about {values['baseline']} ({results[-1]['protocol']} protocol)."
    )


def _loss_by_epoch(run: Run, n_images: int) -> list[float]:
    """Returns the mean loss of each epoch of pretraining."""
    losses = torch.tensor([line["loss"] for line in run.metrics("pretrain")])
    return [part.mean().item() for part in torch.split(losses, n_images // run.config.batch_size)]


def draw(record: Record, presets: Mapping[str, Any]) -> Path:
    """Draws report.html from what lies in the run's folder, and returns its path; `presets` are the experiment's."""
    content = record.report
    took = duration(sum(content["seconds"].values()))
    made = f"Preset `{record.preset}`, trained in {took}."
    lead = [content.get("finding", ""), ahead_until(record.metrics("labels")), made]
    sections = [
        Section("Accuracy", [Markup(content["note"]), *_accuracy(record)]),
        *supervised(record),
        Section("Pretraining", pretraining(record)),
        *what_it_sees(record),
        *how_it_was_made(record, presets),
    ]
    return write(record.directory / "report.html", content["title"], lead, sections)


def _accuracy(record: Record) -> list[Part]:
    """Returns a table for each protocol, the paper's figures beside those that can be compared at all."""
    results = record.report["results"]
    protocols = list(dict.fromkeys(row["name"].rpartition(", ")[2] for row in results))
    parts = []
    for protocol in protocols:
        rows = [row | {"name": row["name"].rpartition(", ")[0]} for row in results if row["name"].endswith(protocol)]
        table = Table(
            ("classifier", "this run", "paper, ResNet‑50"),
            [(row["name"], percent(row["accuracy"], row.get("half_width")), row["paper"]) for row in rows],
            numbers=(1, 2),
            main=1,
            caption=f"Accuracy, {protocol}",
        )
        text = record.report.get("protocols", {}).get(protocol.partition(" ")[0], "")
        heading = Text(_capitalised(protocol), "heading")
        remark = [note(f"{_capitalised(text)}.")] if text else []
        parts.append(Group([heading, *remark, table], "block"))
    config = record.config
    own = (
        f"This run: a ResNet-18 with the {config['stem']} stem, {config['epochs']} epochs of pretraining in batches of "
        f"{config['batch_size']}. ± is the half width of the 95 % interval for the number of photographs measured on."
    )
    return [Group(parts, "beside"), note(PAPER_NOTE + own)]


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
