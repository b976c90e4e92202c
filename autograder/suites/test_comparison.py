"""Hidden suite of `comparison`: the interval's formula, and the figure as data."""

from __future__ import annotations

import math
import statistics
from types import SimpleNamespace

import pytest
import torch

from autograder.grading.answers import FigureData
from autograder.grading.student import Record, Remote
from autograder.suites import expect, seeds

INTERVAL = "report.confidence_interval"
PLOT = "report.plot_comparison"
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
LABELS = {
    ("probe", "train"): "probe train",
    ("probe", "val"): "probe validation",
    ("baseline", "train"): "baseline train",
    ("baseline", "val"): "baseline validation",
}


def interval(student, accuracies):
    """What confidence_interval returns, its type asserted."""
    answer = student.call(INTERVAL, accuracies).value
    pair = isinstance(answer, tuple | list) and len(answer) == 2 and all(type(value) is float for value in answer)
    expect.that(pair, "confidence_interval should return two Python floats: the mean and the half width.")
    return answer


def histories(rng, n_probe=3, n_baseline=5):
    """Two histories of different lengths."""
    made = []
    for n_epochs in (n_probe, n_baseline):
        series = torch.rand(4, n_epochs, generator=rng, dtype=torch.float64)
        series[0::2] *= 3
        made.append(Record("History", SERIES, tuple(line.tolist() for line in series)))
    return dict(zip(("probe", "baseline"), made, strict=True))


def panels(student, given):
    """The axes of the comparison's figure, left to right."""
    figure = student.call(PLOT, given["probe"], given["baseline"]).value
    axes = getattr(figure, "axes", ())
    got = figure.kind if isinstance(figure, Remote) else type(figure).__name__
    expect.that(isinstance(figure, FigureData), f"plot_comparison should return a Figure, got {got}.")
    expect.that(len(axes) == 2, f"the figure should have two axes, accuracy and loss, got {len(axes)}.")
    return sorted(axes, key=lambda panel: panel.position[0])


@pytest.fixture(scope="module")
def drawn(student):
    """What most tests look at: two histories, and the axes of their figure."""
    given = histories(seeds.generator("drawn"))
    return SimpleNamespace(given=given, panels=panels(student, given))


def test_interval_of_a_list(student, rng):
    accuracies = torch.rand(7, generator=rng, dtype=torch.float64).tolist()
    mean, half = interval(student, accuracies)
    expect.number(
        mean,
        sum(accuracies) / 7,
        "the first number",
        "The two are the mean of the accuracies, a fraction as they are, and the half width, not the bounds.",
    )
    hint = "1.96 s / sqrt(n), with s the sample standard deviation: divided by n - 1."
    expect.number(half, 1.96 * statistics.stdev(accuracies) / math.sqrt(7), "the half width", hint)


def test_interval_of_a_tensor(student, rng):
    accuracies = torch.rand(40, generator=rng)
    mean, half = interval(student, accuracies)
    expect.number(mean, statistics.fmean(accuracies.tolist()), "the mean of a tensor")
    wanted = 1.96 * statistics.stdev(accuracies.tolist()) / math.sqrt(40)
    expect.number(half, wanted, "the half width of a tensor", rtol=1e-3)


def test_interval_of_equal_accuracies_is_a_point(student):
    mean, half = interval(student, [0.75] * 5)
    expect.number(mean, 0.75, "the mean of equal accuracies")
    expect.number(half, 0.0, "the half width of equal accuracies", "They do not scatter at all.", atol=1e-9)


def test_two_accuracies_are_enough(student, rng):
    accuracies = torch.rand(2, generator=rng, dtype=torch.float64).tolist()
    mean, half = interval(student, accuracies)
    expect.number(mean, sum(accuracies) / 2, "the mean of two accuracies")
    wanted = 1.96 * statistics.stdev(accuracies) / math.sqrt(2)
    expect.number(half, wanted, "the half width of two accuracies", "Fewer than two are refused, not two.")


def test_interval_halves_with_four_times_the_episodes(student, rng):
    accuracies = torch.rand(50, generator=rng, dtype=torch.float64).tolist()
    half, quarter = interval(student, accuracies)[1], interval(student, accuracies * 4)[1]
    hint = "It is the mean that has to lie in the interval: divide by sqrt(n)."
    expect.that(half > 0 and 1.9 < half / quarter < 2.1, f"four times the episodes should halve the interval. {hint}")


@pytest.mark.parametrize("accuracies", [[0.5], [], torch.tensor([0.5])])
def test_interval_refuses_fewer_than_two(student, accuracies):
    hint = "One number has no standard deviation."
    what = f"confidence_interval of {len(accuracies)} accuracies"
    expect.raises("ValueError", lambda: student.call(INTERVAL, accuracies), what, hint)


def test_figure_has_accuracy_on_the_left_and_loss_on_the_right(drawn):
    left, right = drawn.panels
    beside = left.position[0] + left.position[2] <= right.position[0]
    expect.that(beside, "the two axes should stand side by side: accuracy on the left, loss on the right.")
    for panel, quantity in ((left, "accuracy"), (right, "loss")):
        side = "left" if quantity == "accuracy" else "right"
        expect.that(panel.visible, f"the axes on the {side} are hidden.")
        has = quantity in panel.ylabel.lower()
        expect.that(has, f'the y label on the {side} should contain "{quantity}", got "{panel.ylabel}".')
        expect.that("epoch" in panel.xlabel.lower(), f'the x label on the {side} should contain "epoch".')


def test_figure_has_a_legend_of_four(drawn):
    for panel in drawn.panels:
        entries = sorted(entry.lower() for entry in panel.legend)
        wanted = sorted(LABELS.values())
        expect.that(entries == wanted, f"each legend should have the entries {', '.join(wanted)}; got {entries}.")


@pytest.mark.parametrize("quantity", ["accuracy", "loss"])
@pytest.mark.parametrize("who", ["probe", "baseline"])
def test_figure_draws_the_series(drawn, who, quantity):
    panel = drawn.panels[("accuracy", "loss").index(quantity)]
    for split in ("train", "val"):
        label = LABELS[who, split]
        lines = [line for line in panel.lines if line.label.lower() == label]
        expect.that(len(lines) == 1, f'there should be one line labelled "{label}" in the panel of the {quantity}.')
        wanted = torch.tensor(getattr(drawn.given[who], f"{split}_{quantity}"), dtype=torch.float64)
        hint = f"It shows {split}_{quantity} of the {who}'s history."
        expect.close(lines[0].y, wanted, f'the line "{label}"', hint)


def test_figure_counts_epochs_from_1(student, rng):
    given = histories(rng, n_probe=4, n_baseline=2)
    for panel in panels(student, given):
        for (who, _), label in LABELS.items():
            lines = [line for line in panel.lines if line.label.lower() == label]
            expect.that(len(lines) == 1, f'there should be one line labelled "{label}" in each panel.')
            wanted = torch.arange(1, len(given[who].train_loss) + 1).double()
            hint = "Epochs count from 1, and each history has its own number of them."
            expect.close(lines[0].x, wanted, f'the x of the line "{label}"', hint)


def test_every_call_makes_a_figure_of_its_own(student, rng):
    first, second = (panels(student, histories(rng, n_epochs)) for n_epochs in (2, 4))
    counts = [len([line for line in panel.lines if not line.label.startswith("_")]) for panel in (*first, *second)]
    expect.that(counts == [4] * 4, "each of the two axes should hold four lines, at every call anew.")
