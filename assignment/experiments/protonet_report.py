"""The report of the ProtoNet experiment: report.html and report.json."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import stages.report
import torch
from stages.episodes import Episode, sample_episode
from torch import Tensor, nn

from experiments import cli, figures, report
from experiments.console import duration
from experiments.evaluation import Setting, embed
from experiments.run import Run

PAPER = {(5, 1): "98.8 %", (5, 5): "99.7 %", (20, 1): "96.0 %", (20, 5): "98.9 %"}  # Snell et al. 2017, table 1
PAPER_NOTE = (
    '<p class="note">The paper: Snell et al. 2017 (arXiv 1703.05175), table 1, Euclidean distance; 60-way training '
    "episodes with as many support images of each class as in the test. This run: one network for all settings, "
    "trained on {n_way}-way {n_support}-shot episodes, {n_episodes} of them. ± is the half width of the 95 % interval "
    "over {test_episodes} test episodes of {test_queries} queries a class.</p>"
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
    """Writes both files and returns the page's path.

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
    seconds = {"training": run.phase("train").seconds}
    note = f"<p>Omniglot, {html.escape(split.description)}. {_sizes(split)}</p>" + report.data_note(run)
    rows = [
        (row["name"], report.percent(row["accuracy"], row.get("half_width"), digits=2), row["paper"]) for row in results
    ]
    body = report.section(
        "Test accuracy",
        note,
        report.table(("setting", "this run", "paper"), rows, numbers=(1, 2), main=1),
        PAPER_NOTE.format(**vars(config)),
    )
    body += report.section("Learning", _learning(run))
    body += report.section("A test episode", _predictions(model, images, labels, config, run.device))
    body += report.section("Embeddings of ten test characters", _maps(model, untrained, split, run.device))
    body += report.how_it_was_made(run, cli.documentation(type(config)), seconds)
    title = "Prototypical Networks on Omniglot"
    lead = f"Preset <code>{run.options.preset}</code>, trained in {duration(seconds['training'])}."
    text = {"schema": 1, "experiment": "protonet", "title": title, "note": note, "command": run.command}
    document = json.dumps({**text, "seconds": seconds, "results": results}, indent=2)
    (run.directory / "report.json").write_text(document + "\n", encoding="utf-8")
    return report.write_page(run.directory / "report.html", title, lead, body)


def _result(setting: Setting) -> dict[str, Any]:
    mean = sum(setting.accuracies) / len(setting.accuracies)
    result = {
        "name": f"{setting.n_way}-way {setting.n_support}-shot",
        "accuracy": mean,
        "episodes": len(setting.accuracies),
        "paper": PAPER.get((setting.n_way, setting.n_support), "–"),
    }
    interval = report.optional(stages.report.confidence_interval, setting.accuracies)
    if interval is not None:
        result["accuracy"], result["half_width"] = interval
    return result


def _sizes(split: Any) -> str:
    train, validation, test = (f"{len(part.names):,}" for part in (split.train, split.validation, split.test))
    return f"{train} characters to train on, {validation} to validate on, {test} to test on."


def _learning(run: Run) -> str:
    lines = run.metrics("train")
    steps, accuracies = [line["step"] + 1 for line in lines], [line["accuracy"] for line in lines]
    losses = [line["loss"] for line in lines]
    width = max(5, len(lines) // 40)
    smooth = figures.running_mean(losses, width)
    loss = figures.curves([("each", steps, losses), (f"mean of {width}", steps, smooth)], "episode", "loss", faint=0)
    loss.axes[0].set_yscale("log")
    points = run.metrics("validation")
    checked = [line["step"] for line in points]
    names = [name for name in points[0] if name not in ("phase", "step")] if points else []
    lines_ = [(f"training, mean of {width}", steps, figures.running_mean(accuracies, width))]
    lines_ += [(f"validation, {name}", checked, [line[name] for line in points]) for name in names]
    accuracy = figures.curves(lines_, "episode", "accuracy")
    last = f"{losses[-1]:.3f}" if losses else "unknown"
    return report.beside(
        report.picture(accuracy, "Accuracy by training episode.", "Line chart of accuracy in training and validation."),
        report.picture(loss, "Loss by training episode.", f"Line chart of the loss by episode; it ends near {last}."),
    )


def _predictions(model: nn.Module, images: Tensor, labels: Tensor, config: Any, device: torch.device) -> str:
    generator = torch.Generator().manual_seed(config.seed + 1)
    n_query = min(8, int(labels.bincount().min()) - 1)
    episode = sample_episode(images, labels, min(10, max(config.test_ways)), 1, n_query, generator)
    model.eval()
    with torch.no_grad():
        output = model(Episode(episode.support.to(device), episode.query.to(device)))
    figure = report.optional(stages.report.plot_predictions, episode, output.predictions.cpu())
    if figure is None:
        return '<p class="note">There will be a figure here once the stage prediction_figure is written.</p>'
    n_way, n_query = output.predictions.shape
    n_right = int((output.predictions.cpu() == torch.arange(n_way)[:, None]).sum())
    text = f"{n_right} of {n_way * n_query} queries of a {n_way}-way 1-shot test episode are classified rightly"
    caption = text + ". Left: the one support image of each class. Above each query: the predicted class."
    return report.picture(figure, caption, f"Grid of drawn characters: {text}.", width="wide", pixels=True)


def _maps(model: Any, untrained: Any, split: Any, device: torch.device) -> str:
    chosen = split.test.select(split.test.names[:: max(1, len(split.test.names) // 10)][:10])
    before, after = (embed(net.encoder, chosen.images, device) for net in (untrained, model))
    figure = figures.embedding_maps(before, after, chosen.labels)
    caption = (
        "Each point is a drawing, each colour a character that training never saw; the first two principal components."
    )
    alt = "Two scatter plots of embeddings, coloured by character: before training and after it."
    return report.picture(figure, caption, alt, width="full")
