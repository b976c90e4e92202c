"""The report of the SimCLR experiment: report.html and report.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import stages.report
import torch
from stages.simclr import SimCLR, simclr_augmentation

from experiments import cli, figures, report
from experiments.checkpoint import seed_everything
from experiments.classify import features, to_float
from experiments.console import duration
from experiments.data import CIFAR_CLASSES, Photos
from experiments.run import Run

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
    '<p class="note">The paper: Chen et al. 2020 (arXiv 2002.05709), appendix B.9: on CIFAR-10 under the standard '
    "protocol 94.0 % for the linear probe and 95.1 % for the supervised baseline, both with a ResNet-50 and batches of "
    "1,024, the best of its settings. It has no figures for the homework’s protocol. This run: a ResNet-18 with the "
    "{stem} stem, {epochs} epochs of pretraining in batches of {batch_size}.</p>"
)


def write_report(
    run: Run, config: Any, model: SimCLR, untrained: SimCLR, train: Photos, test: Photos, outcomes: Sequence[Any]
) -> Path:
    """Writes both files and returns the page's path.

    Args:
        run: the run whose metrics to show.
        config: its `SimCLRConfig`.
        model: the pretrained model.
        untrained: the same model before pretraining.
        train: CIFAR-10's training photographs.
        test: its test photographs.
        outcomes: an `Outcome` for each protocol.
    """
    phases = ("probe", "untrained", "baseline")
    names = ["pretrain", *(f"{phase}-{outcome.protocol}" for outcome in outcomes for phase in phases)]
    seconds = {name: run.phase(name).seconds for name in names}
    results = [_result(outcome, kind) for outcome in outcomes for kind in CLASSIFIERS]
    n_images = config.pretrain_images or len(train.images)
    note = f"<p>CIFAR-10; pretrained on {n_images:,} photographs without labels.</p>" + report.data_note(run)
    protocols = [
        (o.protocol, PROTOCOLS[o.protocol].format(train=o.n_train, validation=o.n_validation)) for o in outcomes
    ]
    losses = _loss_by_epoch(run, config, n_images)
    rows = [(row["name"], report.percent(row["accuracy"], row["half_width"]), row["paper"]) for row in results]
    body = report.section(
        "Accuracy",
        note,
        report.table(("classifier", "this run", "paper"), rows, numbers=(1, 2), main=1),
        '<p class="note">± is the half width of the 95 % interval for the number of photographs measured on.</p>',
        PAPER_NOTE.format(**vars(config)),
        report.table(("protocol", "photographs"), protocols, numbers=()),
    )
    body += report.section("Pretraining", _pretraining(run, losses))
    for outcome in outcomes:
        body += report.section(f"Probe against baseline, {outcome.protocol} protocol", _comparison(outcome))
    body += report.section("Two views", _views(config, test))
    body += report.section("Representations of test photographs", _maps(run, model, untrained, test))
    body += report.how_it_was_made(run, cli.documentation(type(config)), seconds)
    title = "SimCLR on CIFAR-10"
    lead = f"Preset <code>{run.options.preset}</code>, trained in {duration(sum(seconds.values()))}."
    text = {"schema": 1, "experiment": "simclr", "title": title, "note": note, "command": run.command}
    document = json.dumps({**text, "seconds": seconds, "loss_by_epoch": losses, "results": results}, indent=2)
    (run.directory / "report.json").write_text(document + "\n", encoding="utf-8")
    return report.write_page(run.directory / "report.html", title, lead, body)


def _result(outcome: Any, kind: str) -> dict[str, Any]:
    """Returns a row of the table; the interval is the normal one of a proportion."""
    value = getattr(outcome, kind).val_accuracy[-1]
    return {
        "name": f"{CLASSIFIERS[kind]}, {outcome.protocol} protocol",
        "accuracy": value,
        "half_width": 1.96 * (value * (1 - value) / outcome.n_validation) ** 0.5,
        "photographs": outcome.n_validation,
        "paper": PAPER.get(kind, "–") if outcome.protocol == "standard" else "–",
    }


def _loss_by_epoch(run: Run, config: Any, n_images: int) -> list[float]:
    """Returns the mean loss of each epoch of pretraining."""
    losses = torch.tensor([line["loss"] for line in run.metrics("pretrain")])
    return [part.mean().item() for part in losses.split(n_images // config.batch_size)]


def _pretraining(run: Run, losses: list[float]) -> str:
    per_step = [line["loss"] for line in run.metrics("pretrain")]
    steps = [step * len(losses) / len(per_step) for step in range(1, len(per_step) + 1)]
    epochs = list(range(1, len(losses) + 1))
    figure = figures.curves(
        [("each batch", steps, per_step), ("mean of the epoch", epochs, losses)], "epoch", "NT-Xent loss", faint=0
    )
    caption = "Loss of pretraining by epoch."
    alt = f"Line chart of the loss; the epochs' mean goes from {losses[0]:.3f} to {losses[-1]:.3f}."
    numbers = report.table(
        ("epoch", "mean loss"), [(str(e), f"{loss:.4f}") for e, loss in _thinned(epochs, losses)], numbers=(0, 1)
    )
    return report.beside(report.picture(figure, caption, alt), f"<div>{numbers}</div>")


def _thinned(epochs: list[int], losses: list[float]) -> list[tuple[int, float]]:
    """Returns at most about twelve of the epochs, the first and the last among them."""
    pairs = list(zip(epochs, losses, strict=True))
    every = max(1, len(pairs) // 10)
    return [pair for pair in pairs if pair[0] % every == 0 or pair[0] in (1, len(pairs))]


def _comparison(outcome: Any) -> str:
    figure = report.optional(stages.report.plot_comparison, outcome.probe, outcome.baseline)
    if figure is None:
        return '<p class="note">There will be a figure here once the stage comparison is written.</p>'
    probe, baseline = outcome.probe.val_accuracy[-1], outcome.baseline.val_accuracy[-1]
    text = f"at the end the probe has {probe:.1%} and the baseline {baseline:.1%} on the validation photographs"
    caption = f"Accuracy and loss by epoch; {text}. Both see the same labelled photographs."
    return report.picture(figure, caption, f"Line charts of accuracy and loss by epoch; {text}.", width="wide")


def _views(config: Any, test: Photos) -> str:
    photos = to_float(test.images[:8])
    seed_everything(config.seed)
    augmentation = simclr_augmentation(photos.shape[-1], config.strength)
    rows = [("photograph", photos), ("one view", augmentation(photos)), ("another", augmentation(photos))]
    caption = "Each column: a photograph and two random views of it, whose representations should agree."
    return report.picture(figures.image_grid(rows), caption, "Grid of photographs and two augmentations of each.",
                          width="wide", pixels=True)  # fmt: skip


def _maps(run: Run, model: SimCLR, untrained: SimCLR, test: Photos) -> str:
    images, labels = test.images[:1500], test.labels[:1500]
    before, after = (features(net.encoder, images, run.device) for net in (untrained, model))
    figure = figures.embedding_maps(before, after, labels, CIFAR_CLASSES)
    caption = "Each point is a photograph, each colour a class; the first two principal components."
    return report.picture(
        figure,
        caption,
        "Two scatter plots of representations, coloured by class: before pretraining and after it.",
        width="wide",
    )
