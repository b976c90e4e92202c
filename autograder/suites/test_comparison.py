"""Hidden suite of `comparison`: the interval's formula, and the figure as data."""

from __future__ import annotations

import functools
import math
import statistics
from types import SimpleNamespace

import pytest
import torch

from autograder.judge.proxy import Remote
from autograder.rpc.messages import FigureData, Record
from autograder.suites import expect, seeds

INTERVAL = "report.confidence_interval"
MEAN = "The two are the mean of the accuracies, a fraction as they are, and the half width, not the bounds."
HALF = "1.96 s / sqrt(n), with s the sample standard deviation: divided by n - 1."
PLOT = "report.plot_comparison"
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
LABELS = {
    ("probe", "train"): "probe train",
    ("probe", "val"): "probe validation",
    ("baseline", "train"): "baseline train",
    ("baseline", "val"): "baseline validation",
}


def interval(student, accuracies):
    """The two values that confidence_interval returns; their type is the subject of another test."""
    answer = student.call(INTERVAL, accuracies).value
    pair = isinstance(answer, tuple | list | Record) and len(answer) == 2
    expect.that(pair, "confidence_interval should return two numbers: the mean and the half width.")
    return answer[0], answer[1]


def interval_is(answer, accuracies, what, hint=HALF, rtol=1e-4):
    """Asserts mean and half width by the formula, in the standard library's arithmetic."""
    expect.number(answer[0], statistics.fmean(accuracies), f"the mean of {what}", MEAN, rtol)
    half = 1.96 * statistics.stdev(accuracies) / math.sqrt(len(accuracies))
    expect.number(answer[1], half, f"the half width of {what}", hint, rtol)


def mean_is(answer, accuracies):
    """Asserts the mean alone, in a test about something else that code which computes nothing must not pass."""
    expect.number(answer[0], statistics.fmean(accuracies), "the mean of a few accuracies", MEAN)


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
    axes = [one for one in getattr(figure, "axes", ()) if one.visible]
    got = figure.kind if isinstance(figure, Remote) else type(figure).__name__
    expect.that(isinstance(figure, FigureData), f"plot_comparison should return a Figure, got {got}.")
    expect.that(len(axes) == 2, f"the figure should have two axes, accuracy and loss, got {len(axes)}.")
    return sorted(axes, key=lambda panel: panel.position[0])


def shows(panels, series):
    """Whether a line of the figure is this series, in float32 or better."""
    wanted = torch.tensor(series, dtype=torch.float64)
    lines = [line.y.double() for panel in panels for line in panel.lines]
    return any(y.shape == wanted.shape and torch.allclose(y, wanted, rtol=1e-4, atol=1e-5) for y in lines)


@pytest.fixture(scope="module")
def drawn(student):
    """What most tests look at: two histories, and the axes of their figure, which show something of them."""
    given = histories(seeds.generator("drawn"))
    found = panels(student, given)
    known = any(shows(found, series) for history in given.values() for series in history.values)
    expect.that(known, "no line of the figure is one of the histories, such as the probe's train_accuracy.")
    return SimpleNamespace(given=given, panels=found)


def test_interval_of_a_list(student, rng):
    """mean ± 1.96 s / sqrt(n), with s the sample standard deviation (divided by n - 1)"""
    accuracies = torch.rand(7, generator=rng, dtype=torch.float64).tolist()
    interval_is(interval(student, accuracies), accuracies, "a list")


def test_interval_of_a_tensor(student, rng):
    """a list, or a tensor (n,)"""
    accuracies = torch.rand(40, generator=rng)
    interval_is(interval(student, accuracies), accuracies.tolist(), "a tensor", rtol=1e-3)


def test_interval_is_two_python_floats(student, rng):
    """(mean, half width), two Python floats"""
    accuracies = torch.rand(5, generator=rng, dtype=torch.float64).tolist()
    answer = interval(student, accuracies)
    floats = all(isinstance(value, float) for value in answer)
    expect.that(floats, "confidence_interval should return two Python floats: the mean and the half width.")
    mean_is(answer, accuracies)


def test_interval_of_equal_accuracies_is_a_point(student):
    """mean ± 1.96 s / sqrt(n)"""
    mean, half = interval(student, [0.75] * 5)
    expect.number(mean, 0.75, "the mean of equal accuracies", MEAN)
    expect.number(half, 0.0, "the half width of equal accuracies", "They do not vary at all.", atol=1e-6)


def test_two_accuracies_are_enough(student, rng):
    """n >= 2 numbers, one per episode"""
    accuracies = [0.25 + 0.2 * torch.rand((), generator=rng).item(), 0.75]
    interval_is(
        interval(student, accuracies),
        accuracies,
        "two accuracies",
        "Two accuracies are enough; only fewer are refused.",
    )


def test_interval_scales_with_the_accuracies(student, rng):
    """mean ± 1.96 s / sqrt(n), with s the sample standard deviation"""
    accuracies = (torch.rand(6, generator=rng, dtype=torch.float64) / 2).tolist()
    answer, doubled = (interval(student, [factor * value for value in accuracies]) for factor in (1, 2))
    mean_is(answer, accuracies)
    hint = "s is the standard deviation, the square root of the variance."
    expect.number(doubled[1], 2 * expect.scalar(answer[1], "the half width"), "the half width of doubled values", hint)


def test_interval_narrows_with_the_square_root(student, rng):
    """mean ± 1.96 s / sqrt(n)"""
    accuracies = torch.rand(10, generator=rng, dtype=torch.float64).tolist()
    few, many = interval(student, accuracies), interval(student, accuracies * 100)
    mean_is(few, accuracies)
    hint = "100 times as many accuracies make an interval that is about 10 times narrower: the square root of n."
    wide = expect.scalar(few[1], "the half width")
    expect.number(many[1], wide / 10, "the half width of 100 times as many", hint, rtol=0.3)


def test_interval_divides_by_n_minus_1(student, rng):
    """with s the sample standard deviation (divided by n - 1)"""
    pair = [0.25 + 0.2 * torch.rand((), generator=rng).item(), 0.75]
    two, four = interval(student, pair), interval(student, pair * 2)
    mean_is(two, pair)
    narrower = expect.scalar(two[1], "the half width") / math.sqrt(3)
    expect.number(four[1], narrower, "the half width of the same two accuracies, twice each", HALF, rtol=1e-3)


def test_interval_refuses_fewer_than_two(student):
    """there are fewer than two numbers"""
    mean_is(interval(student, [0.25, 0.75, 0.625]), [0.25, 0.75, 0.625])
    for accuracies in ([0.5], [], torch.tensor([0.5])):
        hint = "One number has no standard deviation."
        what = f"confidence_interval of {len(accuracies)} accuracies"
        expect.raises("ValueError", functools.partial(student.call, INTERVAL, accuracies), what, hint)


def test_figure_has_accuracy_on_the_left_and_loss_on_the_right(drawn):
    """Their y labels contain "accuracy" and "loss", their x labels "epoch"."""
    left, right = drawn.panels
    beside = left.position[0] + left.position[2] <= right.position[0]
    expect.that(beside, "the two axes should stand side by side: accuracy on the left, loss on the right.")
    for panel, quantity in ((left, "accuracy"), (right, "loss")):
        side = "left" if quantity == "accuracy" else "right"
        has = quantity in panel.ylabel.lower()
        expect.that(has, f'the y label on the {side} should contain "{quantity}", got "{panel.ylabel}".')
        expect.that("epoch" in panel.xlabel.lower(), f'the x label on the {side} should contain "epoch".')


def test_figure_has_a_legend_of_four(drawn):
    """a legend of four entries: "probe train", "probe validation", "baseline train" and "baseline validation"."""
    for panel in drawn.panels:
        entries = sorted(entry.strip().lower() for entry in panel.legend)
        wanted = sorted(LABELS.values())
        expect.that(entries == wanted, f"each legend should have the entries {', '.join(wanted)}; got {entries}.")


@pytest.mark.parametrize("quantity", ["accuracy", "loss"])
@pytest.mark.parametrize("who", ["probe", "baseline"])
def test_figure_draws_the_series(drawn, who, quantity):
    """Both axes hold four labelled lines: the probe's and the baseline's, each on training and on validation data."""
    panel = drawn.panels[("accuracy", "loss").index(quantity)]
    for split in ("train", "val"):
        label = LABELS[who, split]
        lines = [line for line in panel.lines if line.label.strip().lower() == label]
        expect.that(len(lines) == 1, f'there should be one line labelled "{label}" in the panel of the {quantity}.')
        wanted = torch.tensor(getattr(drawn.given[who], f"{split}_{quantity}"), dtype=torch.float64)
        hint = f"It shows {split}_{quantity} of the {who}'s history."
        expect.close(lines[0].y, wanted, f'the line "{label}"', hint)


def test_figure_counts_epochs_from_1(student, rng):
    """Epochs count from 1. The two trainings may have different numbers of epochs."""
    given = histories(rng, n_probe=4, n_baseline=1)
    for panel in panels(student, given):
        for (who, _), label in LABELS.items():
            lines = [line for line in panel.lines if line.label.strip().lower() == label]
            expect.that(len(lines) == 1, f'there should be one line labelled "{label}" in each panel.')
            wanted = torch.arange(1, len(given[who].train_loss) + 1).double()
            hint = "Epochs count from 1, and each history has its own number of them."
            expect.close(lines[0].x, wanted, f'the x of the line "{label}"', hint)


def test_every_call_makes_a_figure_of_its_own(student, rng):
    """A new figure of two axes."""
    counts = []
    for n_epochs in (2, 4):
        given = histories(rng, n_epochs)
        found = panels(student, given)
        counts += [len([line for line in panel.lines if not line.label.startswith("_")]) for panel in found]
        expect.that(shows(found, given["probe"].val_loss), "no line of the figure is the probe's val_loss.")
    expect.that(
        counts == [4] * 4, "each of the two axes should hold four labelled lines, in a new figure at every call."
    )
