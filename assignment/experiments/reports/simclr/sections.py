"""The sections of the SimCLR report that show numbers; a section without data is left out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import stages.report
from stages.linear_eval import History
from torch import Tensor

from experiments.data.cifar10 import CIFAR_CLASSES
from experiments.reports.charts.lines import SIZE, Line, binned, learning_rate, line_chart, rate_in_words
from experiments.reports.charts.theme import COLORS, INK
from experiments.reports.numbers import points
from experiments.reports.parts import Group, Matrix, Part, Section, Table, Text, chart, note, percent, picture
from experiments.reports.provenance import not_written, optional
from experiments.reports.record import Record


def supervised(record: Record) -> list[Section]:
    """Returns what labels add: how many are needed, the training by epoch, the mistakes."""
    comparisons = [
        Group([Text(f"{protocol.title()} protocol", "heading"), _comparison(record, protocol)])
        for protocol in record.config["protocols"]
    ]
    return [
        Section("How many labels?", [_labels(record)]),
        Section("Probe against baseline", comparisons),
        Section("What is taken for what", _confusion(record)),
        Section("How the settings were chosen", _sweeps(record.phases("sweep"))),
    ]


def _labels(record: Record) -> Part | None:
    """Returns accuracy by the number of labels: the probe, the baseline, and where they cross."""
    lines = sorted(record.metrics("labels"), key=lambda line: line["step"])
    if not lines:
        return None
    kinds = ["probe", "baseline", "control"]
    names = {"probe": "probe", "baseline": "from scratch", "control": "untrained"}
    colors = {"probe": COLORS[0], "baseline": COLORS[1], "control": INK["c7"]}
    shown, rows = [], []
    steps = [line["step"] for line in lines]
    for kind in kinds:
        halves = [line[f"{kind}_half_width"] for line in lines]
        values = [line[kind] for line in lines]
        low = [value - half for value, half in zip(values, halves, strict=True)] if any(halves) else []
        high = [value + half for value, half in zip(values, halves, strict=True)] if any(halves) else []
        shown.append(Line(names[kind], steps, values, colors[kind], low, high))
    for line in lines:
        cells = [percent(line[kind], line[f"{kind}_half_width"]) for kind in ("probe", "baseline")]
        gap = points(line["probe"] - line["baseline"])
        rows.append([f"{line['step']:,}", *cells, gap, percent(line["control"])])
    said = "; ".join(
        f"{line['step']:,} labels: " + ", ".join(f"{names[kind]} {percent(line[kind])}" for kind in kinds)
        for line in lines
    )
    curves = chart(
        line_chart(shown, "labelled photographs, logarithmic", "accuracy", percent=True, log_x=True, ticks=steps),
        ahead_until(lines),
        f"Accuracy by the number of labels. {said}. {ahead_until(lines)}",
    )
    header = ["labels", "probe", "from scratch", "gap, points", "untrained"]
    table = Table(header, rows, range(len(header)), "Accuracy by the number of labels", main=1)
    return Group([curves, Group([table], "block")], "beside")


def ahead_until(lines: Sequence[dict[str, Any]]) -> str:
    """Returns in a sentence with how many labels the probe is better than training from scratch, and where that turns.

    Args:
        lines: of the phase `labels`; two accuracies whose difference is within their intervals are level.
    """
    both = sorted(lines, key=lambda line: line["step"])
    if not both:
        return ""
    counts = [f"{line['step']:,}" for line in both]
    gaps = [line["probe"] - line["baseline"] for line in both]
    noise = [math.hypot(*(line.get(f"{kind}_half_width", 0) for kind in ("probe", "baseline"))) for line in both]
    signs = [0 if abs(gap) <= unsure else math.copysign(1, gap) for gap, unsure in zip(gaps, noise, strict=True)]
    if len(both) > 1 and all(signs) and len(set(signs)) == 1:
        one = "The probe" if signs[0] > 0 else "Training from scratch"
        return f"{one} is ahead with every number of labels measured: {_listed(counts)}; the curves do not cross."
    parts = []
    for sign, verdict in ((1, "the probe is ahead"), (-1, "training from scratch is ahead"), (0, "they are level")):
        if numbers := [count for count, other in zip(counts, signs, strict=True) if other == sign]:
            parts.append(f"{verdict} with {_listed(numbers)} labels")
    for (line, gap), (more, after) in itertools.pairwise(zip(both, gaps, strict=True)):
        if gap * after < 0:
            n, share = line["step"], gap / (gap - after)
            place = n * (more["step"] / n) ** share
            near = f"{round(place, 1 - math.floor(math.log10(place))):,.0f}"
            parts.append(f"the curves cross between {n:,} and {more['step']:,} labels, near {near}")
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _history(lines: Sequence[dict[str, Any]]) -> History:
    return History(*([line[key] for line in lines] for key in History._fields))


def _comparison(record: Record, protocol: str) -> Part:
    probe, baseline = (_history(record.metrics(f"{kind}-{protocol}")) for kind in ("probe", "baseline"))
    if not probe.val_accuracy or not baseline.val_accuracy:
        return note("This run did not train both.")
    figure = optional(stages.report.plot_comparison, probe, baseline)
    if figure is None:
        return not_written("comparison")
    ends = [percent(history.val_accuracy[-1]) for history in (probe, baseline)]
    epochs = [len(history.val_accuracy) for history in (probe, baseline)]
    text = f"at the end the probe has {ends[0]} and the baseline {ends[1]} on the validation photographs"
    caption = (
        f"Accuracy and loss by epoch, {epochs[0]} of the probe and {epochs[1]} of the baseline; {text}. Both see the "
        "same labelled photographs."
    )
    alt = (
        f"Line charts of accuracy and loss by epoch, {epochs[0]} of the probe and {epochs[1]} of the baseline; {text}."
    )
    return picture(figure, caption, alt)


def _confusion(record: Record) -> list[Part]:
    """Returns the confusion matrices of the last protocol that has them."""
    found: dict[str, Tensor] = record.artifacts.get("confusion", {})
    parts = []
    for name, matrix in found.items():
        kind, _, protocol = name.partition("-")
        title = f"{'Linear probe' if kind == 'probe' else 'Baseline from scratch'}, {protocol} protocol"
        off = matrix.clone().fill_diagonal_(0)
        at = int(off.argmax())
        worst = f"{CIFAR_CLASSES[at // len(matrix)]} taken for {CIFAR_CLASSES[at % len(matrix)]}"
        shares = (matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)).tolist()
        shown = [Text(title, "heading"), Matrix(title, CIFAR_CLASSES, shares), note(f"Most often: {worst}.")]
        parts.append(Group(shown, "block"))
    if not parts:
        return []
    text = (
        "Rows are what a photograph shows, columns what it was taken for, as a percentage of the row; rows add up to "
        "100 except for rounding. Blue is right, orange is wrong; zeros are left out."
    )
    return [Group(parts, "beside"), note(text)]


def _sweeps(sweeps: dict[str, list[dict[str, Any]]]) -> list[Part]:
    """Returns a table of the sweeps: what each chose, from how many trials, and how accurate they were."""
    if not sweeps:
        return []
    hidden = ("phase", "step", "val_accuracy")
    keys = list(dict.fromkeys(key for lines in sweeps.values() for line in lines for key in line if key not in hidden))
    rows = []
    for name, lines in sweeps.items():
        best = max(lines, key=lambda line: line["val_accuracy"])
        cells = [f"{best[key]:g}" if key in best else "–" for key in keys]
        worst = percent(min(line["val_accuracy"] for line in lines))
        rows.append([name, *cells, percent(best["val_accuracy"]), worst, str(len(lines))])
    header = ["sweep", *(key.replace("_", " ") for key in keys), "its accuracy", "worst trial", "trials"]
    table = Table(header, rows, range(1, len(header)), "What the sweeps chose", main=len(keys) + 1)
    text = "Accuracies on labelled photographs held out of the training, not on those of the results."
    if any(line.get("resolution") for lines in sweeps.values() for line in lines):
        text += (
            " Resolution: the pixels a side to which photographs are scaled for the frozen encoder, which learnt from "
            "enlarged crops; with 0, what is trained from scratch sees them as they are, in training and after it."
        )
    return [table, note(text)]


def pretraining(record: Record) -> list[Part]:
    """Returns the curves of pretraining: the loss, and the accuracy of nearest neighbours meanwhile."""
    lines = record.metrics("pretrain")
    if not lines:
        return []
    losses = record.report["loss_by_epoch"]
    per_epoch = len(lines) / max(1, len(losses))
    epochs = [(line["step"] + 1) / per_epoch for line in lines]
    loss = binned(epochs, [line["loss"] for line in lines], "")
    rate = learning_rate(epochs, lines)
    size = (4.5, 3.5) if rate else SIZE
    chance = math.log(2 * record.config["batch_size"] - 1)
    parts: list[Part] = [
        chart(
            line_chart([loss], "epoch", "NT-Xent", size=size, rate=rate),
            f"Mean and the middle eight tenths. Guessing would cost log(2N − 1) = {chance:.2f}."
            + (" Below: learning rate." if rate else ""),
            f"Loss of pretraining by epoch: the epochs' mean goes from {losses[0]:.3f} to {losses[-1]:.3f}."
            + rate_in_words(rate, "epoch"),
            "Loss",
        )
    ]
    checks = record.metrics("knn")
    if checks:
        line = Line("", [check["step"] for check in checks], [check["accuracy"] for check in checks])
        best = max(checks, key=lambda check: check["accuracy"])
        parts.append(
            chart(
                line_chart([line], "epoch", "accuracy", percent=True, size=size),
                "Each photograph gets the class of its nearest labelled neighbours; nothing is trained for it.",
                f"Accuracy of nearest neighbours during pretraining: {percent(line.y[0])} at epoch {line.x[0]}, "
                f"{percent(line.y[-1])} at epoch {line.x[-1]}, at best {percent(best['accuracy'])}.",
                "Nearest neighbours",
            )
        )
        return [Group(parts, "beside")]
    by_epoch = _thinned(list(enumerate(losses, 1)))
    rows = [(str(epoch), f"{value:.4f}") for epoch, value in by_epoch]
    numbers = Table(("epoch", "mean loss"), rows, (0, 1), "Loss by epoch")
    return [Group([*parts, Group([numbers], "block")], "beside")]


def _thinned(pairs: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Returns at most about twelve of the epochs, the first and the last among them."""
    every = max(1, len(pairs) // 10)
    return [pair for pair in pairs if pair[0] % every == 0 or pair[0] in (1, len(pairs))]
