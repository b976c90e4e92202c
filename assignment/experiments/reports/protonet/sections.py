"""The sections of the ProtoNet report below its table: learning curves, a test episode, mix-ups, maps."""

from __future__ import annotations

import stages.report
import torch
from stages.episodes import Episode
from torch import Tensor

from experiments.reports import html
from experiments.reports.charts.embedding import embedding_chart
from experiments.reports.charts.lines import SIZE, Line, binned, learning_rate, line_chart, rate_in_words
from experiments.reports.charts.theme import COLORS, INK
from experiments.reports.provenance import not_written, optional
from experiments.reports.record import Record

TALL = (4.5, 3.5)  # inches, of the charts of a training: the loss has the learning rate below it


def learning(record: Record) -> str:
    """Returns the curves of every network of the run."""
    return html.section("Learning", *(_learning(record, name) for name in record.phases("train")))


def test_characters(record: Record) -> str:
    """Returns what becomes of characters that training never saw."""
    return (
        html.section("A test episode", _predictions(record))
        + html.section("What is taken for what", _mixups(record))
        + html.section("Map of ten test characters", _maps(record))
    )


def _learning(record: Record, name: str) -> str:
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
    ends = [f"{line.name} {html.percent(line.y[-1])}" for line in shown]
    best = [f"{key} at its best {html.percent(max(line[key] for line in checks))}" for key in names]
    reached = ", ".join([*ends, *best])
    alt = f"Accuracy of the network {name} by training episode; after {steps[-1]:,} episodes: {reached}."
    kind = "Colours: episodes of validation characters" if names else "No validation was made in this run"
    if names and record.config.get("include_validation"):
        kind += ", which this run trains on too, so that they are no test of it"
    charts = html.beside(
        html.drawing(
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
        html.drawing(
            line_chart([loss], "episode", "loss, logarithmic", log_y=True, size=TALL if rate else SIZE, rate=rate),
            "Loss of the training episodes: mean, and the middle eight tenths."
            + (" Below: learning rate." if rate else ""),
            f"Loss of the network {name} by training episode: it goes from {loss.y[0]:.3g} to {loss.y[-1]:.3g}."
            + rate_in_words(rate, "episode"),
        ),
    )
    return f"<h3>Network for {html.escape(name)}</h3>{charts}"


def _predictions(record: Record) -> str:
    shown = record.artifacts.get("episode")
    if shown is None:
        return html.note("This run kept no test episode; train again to have one here.")
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
    return html.picture(figure, caption, alt, width="wide", pixels=True)


def _mixups(record: Record) -> str:
    shown = record.artifacts.get("mixups")
    if shown is None:
        return html.note("This run did not compare its test characters; train again to have them here.")
    n_characters = len(shown["names"])
    different: list[str] = []
    turned: list[str] = []
    for pair, rates, drawings in zip(shown["pairs"].tolist(), shown["rates"].tolist(), shown["drawings"], strict=True):
        own = pair[0] % n_characters == pair[1] % n_characters
        (turned if own else different).append(_pair([_name(shown["names"], label) for label in pair], rates, drawings))
    if not different and not turned:
        return html.note("No test drawing was nearer to another character than to its own.")
    parts = [
        f'<h3>{title}</h3><ul class="mixups">{"".join(cards)}</ul>'
        for title, cards in (("Two characters", different), ("A character and its own turn", turned))
        if cards
    ]
    return (
        f"<p>Given one drawing of each of two classes, the network takes {html.percent(shown['wrong'], digits=2)} of "
        f"further drawings for the wrong one. In {html.percent(shown['turned'], digits=0)} of these mistakes the two "
        f"are a character and its own turn. Half of the mistakes fall on {shown['half']:,} of the "
        f"{shown['classes']:,} classes.</p>"
        + "".join(parts)
        + html.note(
            "The pairs that are mixed up most, each with the three drawings that are mistaken most often. Above the "
            "arrow to the right: how often a drawing of the left class is nearer to a drawing of the right class than "
            "to another one of its own; below: the reverse. Of all choices of the three drawings; 50 % is what "
            "guessing would give."
        )
    )


def _pair(names: list[str], rates: list[float], drawings: Tensor) -> str:
    """Returns a pair of classes: drawings of both (2, n, S, S), and how often each is taken for the other."""
    shares = [html.percent(rate, digits=0) for rate in rates]
    sides = [
        html.handwriting(drawings[i], f"Drawings of {names[i]}, taken for {names[1 - i]} in {shares[i]}")
        + f"<span>{html.escape(names[i])}</span>"
        for i in (0, 1)
    ]
    between = f"<div><strong>{shares[0]}</strong> →<br>← <strong>{shares[1]}</strong></div>"
    return f"<li><div>{sides[0]}</div>{between}<div>{sides[1]}</div></li>"


def _name(names: list[str], label: int) -> str:
    """Returns a class's name as people read it: the alphabet, the character's number, how far it is turned."""
    turn, character = divmod(label, len(names))
    alphabet, _, number = names[character].replace("_", " ").partition("/")
    turned = f", turned by {90 * turn}°" if turn else ""
    return f"{alphabet} {number.removeprefix('character').lstrip('0')}{turned}"


def _maps(record: Record) -> str:
    shown = record.artifacts.get("maps")
    if shown is None:
        return html.note("This run kept no embeddings; train again to have their map here.")
    glyphs = shown["glyphs"].float() / 255
    parts = []
    for key, title in (("before", "Before training"), ("after", "After training")):
        share = html.percent(shown[f"nearest_{key}"], digits=0)
        parts.append(
            html.drawing(
                embedding_chart(shown[key], shown["labels"], glyphs=glyphs),
                f"Nearest neighbour of the same character: {share}.",
                f"Map of {len(shown['labels'])} drawings of {len(glyphs)} characters by their embeddings, "
                f"{title.lower()}: the nearest neighbour of {share} of them is the same character.",
                title,
            )
        )
    return html.beside(*parts) + html.note(
        "Each point is a drawing, each colour a character that training never saw, shown in its middle. t‑SNE of the "
        "embeddings: near on the map was near before; how far apart groups lie means little."
    )
