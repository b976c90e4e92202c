"""The sections of the SimCLR report that are made of numbers; without its data a section is left out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import stages.report
from stages.linear_eval import History
from torch import Tensor

from experiments.data.cifar10 import CIFAR_CLASSES
from experiments.reports import html
from experiments.reports.charts.lines import SIZE, Line, binned, learning_rate, line_chart, rate_in_words
from experiments.reports.charts.theme import COLORS, INK
from experiments.reports.numbers import points
from experiments.reports.provenance import not_written, optional
from experiments.reports.record import Record


def supervised(record: Record) -> str:
    """Returns what the labels are good for: how many are needed, the trainings by epoch, the mistakes."""
    body = html.section("How many labels?", _labels(record))
    comparisons = [
        f"<h3>{protocol.title()} protocol</h3>{_comparison(record, protocol)}"
        for protocol in record.config["protocols"]
    ]
    body += html.section("Probe against baseline", *comparisons)
    body += html.section("What is taken for what", _confusion(record))
    return body + html.section("How the settings were chosen", _sweeps(record.phases("sweep")))


def _labels(record: Record) -> str:
    """Returns accuracy by the number of labels: the probe, the baseline, and where they cross."""
    lines = sorted(record.metrics("labels"), key=lambda line: line["step"])
    if not lines:
        return ""
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
        cells = [html.percent(line[kind], line[f"{kind}_half_width"]) for kind in ("probe", "baseline")]
        gap = points(line["probe"] - line["baseline"])
        rows.append([f"{line['step']:,}", *cells, gap, html.percent(line["control"])])
    said = "; ".join(
        f"{line['step']:,} labels: " + ", ".join(f"{names[kind]} {html.percent(line[kind])}" for kind in kinds)
        for line in lines
    )
    chart = html.drawing(
        line_chart(shown, "labelled photographs, logarithmic", "accuracy", percent=True, log_x=True, ticks=steps),
        ahead_until(lines),
        f"Accuracy by the number of labels. {said}. {ahead_until(lines)}",
    )
    header = ["labels", "probe", "from scratch", "gap, points", "untrained"]
    table = html.table(header, rows, range(len(header)), main=1, caption="Accuracy by the number of labels")
    return html.beside(chart, f"<div>{table}</div>")


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


def _comparison(record: Record, protocol: str) -> str:
    probe, baseline = (_history(record.metrics(f"{kind}-{protocol}")) for kind in ("probe", "baseline"))
    if not probe.val_accuracy or not baseline.val_accuracy:
        return html.note("This run has not trained both.")
    figure = optional(stages.report.plot_comparison, probe, baseline)
    if figure is None:
        return not_written("comparison")
    ends = [html.percent(history.val_accuracy[-1]) for history in (probe, baseline)]
    epochs = [len(history.val_accuracy) for history in (probe, baseline)]
    text = f"at the end the probe has {ends[0]} and the baseline {ends[1]} on the validation photographs"
    caption = (
        f"Accuracy and loss by epoch, {epochs[0]} of the probe and {epochs[1]} of the baseline; {text}. Both see the "
        "same labelled photographs."
    )
    alt = (
        f"Line charts of accuracy and loss by epoch, {epochs[0]} of the probe and {epochs[1]} of the baseline; {text}."
    )
    return html.picture(figure, caption, alt, width="wide")


def _confusion(record: Record) -> str:
    """Returns the confusion matrices of the last protocol that has them."""
    found: dict[str, Tensor] = record.artifacts.get("confusion", {})
    parts = []
    for name, matrix in found.items():
        kind, _, protocol = name.partition("-")
        title = f"{'Linear probe' if kind == 'probe' else 'Baseline from scratch'}, {protocol} protocol"
        off = matrix.clone().fill_diagonal_(0)
        at = int(off.argmax())
        worst = f"{CIFAR_CLASSES[at // len(matrix)]} taken for {CIFAR_CLASSES[at % len(matrix)]}"
        parts.append(f"<div><h3>{title}</h3>{_matrix(matrix, title)}{html.note(f'Most often: {worst}.')}</div>")
    if not parts:
        return ""
    return html.beside(*parts) + html.note(
        "Rows are what a photograph shows, columns what it was taken for, in per cent of the row; rows add up to 100, "
        "but for rounding. Blue is right, orange is wrong; noughts are left out."
    )


def _matrix(matrix: Tensor, title: str) -> str:
    shares = matrix / matrix.sum(dim=1, keepdim=True).clamp(min=1)
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in CIFAR_CLASSES)
    rows = []
    for i, name in enumerate(CIFAR_CLASSES):
        cells = []
        for j, share in enumerate(shares[i].tolist()):
            strength = 0.6 * share**0.7 if i == j else min(0.5, 1.2 * share**0.8)
            color = "31, 95, 191" if i == j else "217, 130, 43"
            style = f' style="background: rgba({color}, {strength:.2f})"' if round(100 * share) else ""
            cells.append(f"<td{style}>{round(100 * share) or ''}</td>")
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(title, quote=True)}">'
        f'<table class="matrix"><thead><tr><td></td>{head}</tr></thead>\n<tbody>{"".join(rows)}</tbody></table></div>'
    )


def _sweeps(sweeps: dict[str, list[dict[str, Any]]]) -> str:
    """Returns a table of the sweeps: what each chose, from how many trials, and how good those were."""
    if not sweeps:
        return ""
    hidden = ("phase", "step", "val_accuracy")
    keys = list(dict.fromkeys(key for lines in sweeps.values() for line in lines for key in line if key not in hidden))
    rows = []
    for name, lines in sweeps.items():
        best = max(lines, key=lambda line: line["val_accuracy"])
        cells = [f"{best[key]:g}" if key in best else "–" for key in keys]
        worst = html.percent(min(line["val_accuracy"] for line in lines))
        rows.append([html.escape(name), *cells, html.percent(best["val_accuracy"]), worst, str(len(lines))])
    header = ["sweep", *(html.escape(key.replace("_", " ")) for key in keys), "its accuracy", "worst trial", "trials"]
    table = html.table(header, rows, range(1, len(header)), main=len(keys) + 1, caption="What the sweeps chose")
    text = "Accuracies on labelled photographs held out of the training, not on those of the results."
    if any(line.get("resolution") for lines in sweeps.values() for line in lines):
        text += (
            " Resolution: the pixels a side to which photographs are scaled for the frozen encoder, which learnt from "
            "enlarged crops; with 0, what is trained from scratch sees them as they are, in training and after it."
        )
    return table + html.note(text)


def pretraining(record: Record) -> str:
    """Returns the curves of pretraining: the loss, and the accuracy of nearest neighbours meanwhile."""
    lines = record.metrics("pretrain")
    if not lines:
        return ""
    losses = record.report["loss_by_epoch"]
    per_epoch = len(lines) / max(1, len(losses))
    epochs = [(line["step"] + 1) / per_epoch for line in lines]
    loss = binned(epochs, [line["loss"] for line in lines], "")
    rate = learning_rate(epochs, lines)
    size = (4.5, 3.5) if rate else SIZE
    chance = math.log(2 * record.config["batch_size"] - 1)
    parts = [
        html.drawing(
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
            html.drawing(
                line_chart([line], "epoch", "accuracy", percent=True, size=size),
                "Each photograph gets the class of its nearest labelled neighbours; nothing is trained for it.",
                f"Accuracy of nearest neighbours during pretraining: {html.percent(line.y[0])} at epoch {line.x[0]}, "
                f"{html.percent(line.y[-1])} at epoch {line.x[-1]}, at best {html.percent(best['accuracy'])}.",
                "Nearest neighbours",
            )
        )
        return html.section("Pretraining", html.beside(*parts))
    by_epoch = _thinned(list(enumerate(losses, 1)))
    numbers = html.table(
        ("epoch", "mean loss"), [(str(e), f"{value:.4f}") for e, value in by_epoch], (0, 1), caption="Loss by epoch"
    )
    return html.section("Pretraining", html.beside(*parts, f"<div>{numbers}</div>"))


def _thinned(pairs: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Returns at most about twelve of the epochs, the first and the last among them."""
    every = max(1, len(pairs) // 10)
    return [pair for pair in pairs if pair[0] % every == 0 or pair[0] in (1, len(pairs))]
