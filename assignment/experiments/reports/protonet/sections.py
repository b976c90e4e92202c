"""The sections of the ProtoNet report below its table: learning curves, a test episode, confusions, maps."""

from __future__ import annotations

import stages.report
import torch
from stages.episodes import Episode
from torch import Tensor

from experiments.reports.charts.embedding import embedding_chart
from experiments.reports.charts.lines import SIZE, Line, binned, learning_rate, line_chart, rate_in_words
from experiments.reports.charts.theme import COLORS, INK
from experiments.reports.parts import (
    Group,
    Mixup,
    Mixups,
    Part,
    Section,
    Text,
    chart,
    handwriting,
    note,
    percent,
    picture,
)
from experiments.reports.provenance import not_written, optional
from experiments.reports.record import Record

TALL = (4.5, 3.5)  # inches, of the charts of a training: the loss has the learning rate below it


def learning(record: Record) -> list[Part]:
    """Returns the curves of every network of the run."""
    return [_learning(record, name) for name in record.phases("train")]


def test_characters(record: Record) -> list[Section]:
    """Returns how the network does on characters that training never saw."""
    return [
        Section("A test episode", [_predictions(record)]),
        Section("What is taken for what", _mixups(record)),
        Section("Map of ten test characters", _maps(record)),
    ]


def _learning(record: Record, name: str) -> Part:
    """Returns the curves of one network; `name` tells networks of the same run apart."""
    lines, checks = record.metrics(f"train-{name}"), record.metrics(f"validation-{name}")
    steps = [line["step"] + 1 for line in lines]
    training = binned(steps, [line["accuracy"] for line in lines], "training", INK["c7"])
    names = [key for key in (checks[0] if checks else {}) if key not in ("phase", "step")]
    shown = [training]
    for index, key in enumerate(names):
        shown.append(Line(key, [line["step"] for line in checks], [line[key] for line in checks], COLORS[index]))
    loss = binned(steps, [line["loss"] for line in lines], "")
    rate = learning_rate(steps, lines)
    ends = [f"{line.name} {percent(line.y[-1])}" for line in shown]
    best = [f"{key} at its best {percent(max(line[key] for line in checks))}" for key in names]
    reached = ", ".join([*ends, *best])
    alt = f"Accuracy of the network {name} by training episode; after {steps[-1]:,} episodes: {reached}."
    kind = "Colours: episodes of validation characters" if names else "No validation was made in this run"
    if names and record.config.get("include_validation"):
        kind += ", which this run trains on too, so they do not test it"
    charts = [
        chart(
            line_chart(
                shown,
                "episode",
                "accuracy, logarithmic towards 100 %",
                percent=True,
                near_one=True,
                size=TALL if rate else SIZE,
            ),
            f"{kind}; grey: the training episodes, their mean and the middle eight tenths.",
            alt,
        ),
        chart(
            line_chart([loss], "episode", "loss, logarithmic", log_y=True, size=TALL if rate else SIZE, rate=rate),
            "Loss of the training episodes: mean, and the middle eight tenths."
            + (" Below: learning rate." if rate else ""),
            f"Loss of the network {name} by training episode: it goes from {loss.y[0]:.3g} to {loss.y[-1]:.3g}."
            + rate_in_words(rate, "episode"),
        ),
    ]
    return Group([Text(f"Network for {name}", "heading"), Group(charts, "beside")])


def _predictions(record: Record) -> Part:
    shown = record.artifacts.get("episode")
    if shown is None:
        return note("This run kept no test episode; train again to have one here.")
    episode = Episode(shown["support"].float() / 255, shown["query"].float() / 255)
    predictions = shown["predictions"]
    figure = optional(stages.report.plot_predictions, episode, predictions)
    if figure is None:
        return not_written("prediction_figure")
    n_way, n_queries = len(predictions), predictions.numel()
    wrong = (predictions != torch.arange(n_way)[:, None]).nonzero().tolist()
    text = f"{n_queries - len(wrong)} of {n_queries} queries of a {n_way}-way 1-shot test episode are right"
    mistakes = ", ".join(f"a query of class {c} was taken for class {int(predictions[c, q])}" for c, q in wrong[:5])
    more = "" if len(wrong) <= 5 else f", and {len(wrong) - 5} more"
    alt = f"Grid of drawn characters: {text}" + (f"; {mistakes}{more}" if wrong else "") + "."
    caption = text + ". Left: the one support image of each class. Above each query: the predicted class."
    return picture(figure, caption, alt, pixels=True)


def _mixups(record: Record) -> list[Part]:
    shown = record.artifacts.get("mixups")
    if shown is None:
        return [note("This run did not compare its test characters; train again to have them here.")]
    n_characters = len(shown["names"])
    different: list[Mixup] = []
    turned: list[Mixup] = []
    for pair, rates, drawings in zip(shown["pairs"].tolist(), shown["rates"].tolist(), shown["drawings"], strict=True):
        own = pair[0] % n_characters == pair[1] % n_characters
        (turned if own else different).append(_pair([_name(shown["names"], label) for label in pair], rates, drawings))
    if not different and not turned:
        return [note("No test drawing was nearer to another character than to its own.")]
    parts = [
        Group([Text(title, "heading"), Mixups(pairs)])
        for title, pairs in (("Two characters", different), ("A character and its own rotation", turned))
        if pairs
    ]
    return [
        Text(
            f"Given one drawing of each of two classes, the network takes {percent(shown['wrong'], digits=2)} of "
            f"further drawings for the wrong one. In {percent(shown['turned'], digits=0)} of these mistakes the two "
            f"are a character and its own rotation. Half of the mistakes fall on {shown['half']:,} of the "
            f"{shown['classes']:,} classes."
        ),
        *parts,
        note(
            "The pairs that are confused most, each with the three drawings that are mistaken most often. Above, with "
            "the arrow to the right: how often a drawing of the left class is nearer to a drawing of the right class "
            "than to another one of its own; below: the reverse. The rates are over all choices of the three drawings; "
            "guessing would give 50 %."
        ),
    ]


def _pair(names: list[str], rates: list[float], drawings: Tensor) -> Mixup:
    """Returns a pair of classes: drawings of both (2, n, S, S), and how often each is taken for the other."""
    shares = [percent(rate, digits=0) for rate in rates]
    rows = [
        handwriting(drawings[i], f"Drawings of {names[i]}, taken for {names[1 - i]} in {shares[i]}") for i in (0, 1)
    ]
    return Mixup(rows, names, shares)


def _name(names: list[str], label: int) -> str:
    """Returns a class's name as people read it: the alphabet, the character's number, how far it is rotated."""
    turn, character = divmod(label, len(names))
    alphabet, _, number = names[character].replace("_", " ").partition("/")
    turned = f", rotated by {90 * turn}°" if turn else ""
    return f"{alphabet} {number.removeprefix('character').lstrip('0')}{turned}"


def _maps(record: Record) -> list[Part]:
    shown = record.artifacts.get("maps")
    if shown is None:
        return [note("This run kept no embeddings; train again to have their map here.")]
    glyphs = shown["glyphs"].float() / 255
    parts = []
    for key, title in (("before", "Before training"), ("after", "After training")):
        share = percent(shown[f"nearest_{key}"], digits=0)
        parts.append(
            chart(
                embedding_chart(shown[key], shown["labels"], glyphs=glyphs),
                f"Nearest neighbour of the same character: {share}.",
                f"Map of {len(shown['labels'])} drawings of {len(glyphs)} characters by their embeddings, "
                f"{title.lower()}: the nearest neighbour of {share} of them is the same character.",
                title,
            )
        )
    return [
        Group(parts, "beside"),
        note(
            "Each point is a drawing, each colour a character that training never saw, shown in the middle of its "
            "points. t‑SNE of the embeddings: points that are close on the map were close before; how far apart groups "
            "lie means little."
        ),
    ]
