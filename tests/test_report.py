"""What stages/report.py should do: figures and intervals."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import expect
import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from stages import report
from torch import Tensor

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


# prediction_figure ----------------------------------------------------------------------------------------------------


class Episode(NamedTuple):
    """As in stages/episodes.py; the tests of this module do not need that file."""

    support: Tensor
    query: Tensor


PREDICTIONS = [[0, 2, 1, 0], [1, 1, 0, 2], [0, 1, 2, 1]]  # 3 classes, 4 queries each
LAYOUT = "Images are (C, H, W) with values in [0, 1]; matplotlib wants (H, W) or (H, W, C)."


def episode(channels=1, n_way=3, n_support=2, n_query=4):
    """Random images for 3 classes with 2 support images and 4 queries each, unless told otherwise."""
    generator = torch.Generator().manual_seed(0)
    support = torch.rand(n_way, n_support, channels, 5, 6, generator=generator)
    return Episode(support, torch.rand(n_way, n_query, channels, 5, 6, generator=generator))


def rows_of(figure, n_way=3, n_query=4):
    """The axes of the figure as 3 rows of 5, unless told otherwise."""
    expect.that(isinstance(figure, Figure), f"plot_predictions should return the figure, got {type(figure)}")
    columns = 1 + n_query
    shown = [axes for axes in figure.axes if axes.get_visible()]
    expect.that(
        len(shown) == n_way * columns,
        f"{n_way} classes with {n_query} queries make a grid of {n_way} rows and {columns} columns, "
        f"{n_way * columns} axes; there are {len(shown)}. A row for each class: one support image, then all queries.",
    )
    for axes in shown:
        expect.equal(len(axes.images), 1, "the number of images on an axes", "axes.imshow(...) once for each.")
    return [shown[columns * c : columns * (c + 1)] for c in range(n_way)]


def title_of(axes):
    """The text and the colour of an axes' title, wherever it is: in the middle, on the left or on the right."""
    titles = (axes.title, axes._left_title, axes._right_title)
    title = next((title for title in titles if title.get_text()), axes.title)
    return title.get_text().strip(), to_hex(title.get_color())


def corner_of(axes):
    """Where the lower left corner of an axes is in the figure: x and y. A grid or a subfigure may place it."""
    locator = axes.get_axes_locator()
    box = locator(axes, None) if locator else axes.get_position()
    return axes.figure.transSubfigure.transform((box.x0, box.y0))


def stands_on_its_head(axes):
    """Whether the first row of an image is at the bottom."""
    image = axes.images[0]
    low, high = image.get_extent()[2:]
    first, last = (high, low) if image.origin == "upper" else (low, high)
    return abs(first - axes.get_ylim()[1]) > abs(last - axes.get_ylim()[1])


def shows(axes, image):
    """Whether an axes shows this image (C, H, W): brighter pixels brighter, or all of them inverted."""
    values = torch.as_tensor(axes.images[0].get_array().filled()).double().squeeze()
    wanted = image.permute(1, 2, 0).squeeze(2).double()
    if values.ndim == 3 and wanted.ndim == 2:  # one channel, shown three times
        values = values.mean(dim=2)
    if values.shape != wanted.shape:
        return False
    return abs(torch.corrcoef(torch.stack([values.flatten(), wanted.flatten()]))[0, 1]) > 0.99


def instead(axes, episode):
    """Says which image of the episode an axes shows, if it is one."""
    for name, images in (("support image", episode.support), ("query", episode.query)):
        for c, members in enumerate(images):
            for i, image in enumerate(members):
                if shows(axes, image):
                    return f", but is {name} {i} of class {c}"
    return ""


@pytest.mark.stage("prediction_figure")
def test_episode_and_predictions_are_left_as_they_are():
    shown, predictions = episode(), torch.tensor(PREDICTIONS)
    support, query = shown.support.clone(), shown.query.clone()
    figure = report.plot_predictions(shown, predictions)
    expect.unchanged(support, shown.support, "the support of the episode")
    expect.unchanged(query, shown.query, "the query of the episode")
    expect.unchanged(torch.tensor(PREDICTIONS), predictions, "predictions")
    rows_of(figure)


@pytest.mark.stage("prediction_figure")
def test_rows_go_down_and_columns_to_the_right():
    rows = rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS)))
    places = [[corner_of(axes) for axes in row] for row in rows]
    what = "the axes should be a grid in reading order: a row for each class, from the top down"
    hint = "plt.subplots(n_way, 1 + n_query) makes the axes in this order."
    down = all(place[i][1] > below[i][1] for place, below in pairwise(places) for i in range(5))
    expect.that(down, f"{what}; a row is not below the one before. {hint}")
    across = all(left[0] < right[0] for row in places for left, right in pairwise(row))
    expect.that(across, f"{what}; a query is not to the right of the image before. {hint}")


@pytest.mark.stage("prediction_figure")
@pytest.mark.parametrize("channels", [1, 3])
def test_every_row_shows_a_support_image_and_the_queries(channels):
    shown = episode(channels)
    rows = rows_of(report.plot_predictions(shown, torch.tensor(PREDICTIONS)))
    how = ", in colour" if channels == 3 else ""
    for c, row in enumerate(rows):
        for i, axes in enumerate(row):
            wanted = shown.query[c, i - 1] if i else shown.support[c, 0]
            begins = f"row {c} should begin with the first support image of class {c}{how}"
            what = f"picture {i} of row {c} should be query {i - 1} of class {c}{how}" if i else begins
            right = shows(axes, wanted)
            found = "" if right else instead(axes, shown)
            expect.that(right, f"{what}{found}. {LAYOUT}")


@pytest.mark.stage("prediction_figure")
def test_pictures_are_the_right_way_up():
    for row in rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS))):
        for axes in row:
            expect.that(not stands_on_its_head(axes), 'an image is upside down: leave imshow\'s origin at "upper"')


@pytest.mark.stage("prediction_figure")
def test_queries_are_titled_with_the_predicted_class():
    rows = rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS)))
    for c, row in enumerate(rows):
        titles = [title_of(axes)[0] for axes in row[1:]]
        what = f"the titles of the queries of class {c}, each the number of its predicted class, nothing else,"
        hint = 'Such as "3": predictions[c, i] as an int, for query i of class c.'
        expect.equal(titles, [str(k) for k in PREDICTIONS[c]], what, hint)


@pytest.mark.stage("prediction_figure")
def test_support_images_are_titled_with_their_class():
    for c, row in enumerate(rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS)))):
        title = title_of(row[0])[0]
        what = f"the title of the first picture of row {c} should contain its class, {c}"
        expect.that(str(c) in title, f'{what}, got "{title}". Such as "class {c}".')


@pytest.mark.stage("prediction_figure")
def test_wrong_predictions_stand_out():
    rows = rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS)))
    colors = {True: set(), False: set()}
    for c, row in enumerate(rows):
        for axes, predicted in zip(row[1:], PREDICTIONS[c], strict=True):
            colors[predicted == c].add(title_of(axes)[1])
    hint = "set_title(text, color=…); a prediction in row c is right if it equals c."
    what = "titles of right predictions should all have the same colour"
    expect.that(len(colors[True]) == 1, f"{what}, but have {len(colors[True])}. {hint}")
    what = "titles of wrong predictions should have a different colour from titles of right ones"
    expect.that(not colors[True] & colors[False], f"{what}. {hint}")


@pytest.mark.stage("prediction_figure")
def test_one_channel_is_grey():
    for axes in rows_of(report.plot_predictions(episode(), torch.tensor(PREDICTIONS)))[0]:
        image = axes.images[0]
        if image.get_array().ndim == 2:
            colors = [image.cmap(image.norm(of(image.get_array()))) for of in (np.min, np.mean, np.max)]
            grey = all(red == green == blue for red, green, blue, _ in colors)
            expect.that(grey, 'images of one channel should be shown in grey: imshow(…, cmap="gray")')
            hint = "Are vmin and vmax those of the values?"
            told_apart = abs(colors[0][0] - colors[2][0]) > 0.4
            expect.that(told_apart, f"images should be shown in shades of grey that can be told apart. {hint}")


@pytest.mark.stage("prediction_figure")
@pytest.mark.parametrize(("n_way", "n_support", "n_query"), [(2, 1, 1), (1, 1, 3), (1, 2, 1)])
def test_one_class_one_image_one_query(n_way, n_support, n_query):
    shown = episode(1, n_way, n_support, n_query)
    figure = report.plot_predictions(shown, torch.zeros(n_way, n_query, dtype=torch.int64))
    last = rows_of(figure, n_way, n_query)[-1][-1]
    hint = "plt.subplots drops dimensions of size 1 unless squeeze=False."
    expect.that(shows(last, shown.query[-1, -1]), f"the last image should be the last query. {hint}")


# comparison -----------------------------------------------------------------------------------------------------------


class History(NamedTuple):
    """As in stages/linear_eval.py; the tests of this module do not need that file."""

    train_loss: list[float]
    train_accuracy: list[float]
    val_loss: list[float]
    val_accuracy: list[float]


PROBE = History([1.5, 1.25], [0.4, 0.55], [1.6, 1.4], [0.5, 0.6])
BASELINE = History([2.3, 2.0, 1.75], [0.1, 0.2, 0.3], [2.4, 2.25, 2.2], [0.15, 0.25, 0.2])
ONE_EPOCH = History([2.3], [0.1], [2.4], [0.15])


def panels_of(figure):
    """The two axes of the comparison: {"accuracy": …, "loss": …}."""
    expect.that(isinstance(figure, Figure), f"plot_comparison should return the figure, got {type(figure)}")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    expect.equal(
        len(shown), 2, "the number of axes", "There should be two axes, accuracy and loss: plt.subplots(1, 2)."
    )
    left, right = sorted(shown, key=lambda axes: axes.get_position().x0)
    return {"accuracy": left, "loss": right}


def lines_of(axes):
    """The labelled lines of an axes by their lower-case labels."""
    return {line.get_label().lower(): line for line in axes.get_lines() if not line.get_label().startswith("_")}


@pytest.mark.stage("comparison")
@pytest.mark.parametrize("kind", [list, torch.tensor])
def test_interval_of_three_accuracies(kind):
    mean, half_width = report.confidence_interval(kind([0.5, 0.7, 0.9]))
    hint = "The two are the mean, a fraction as the accuracies are, and the half width, not the bounds."
    expect.close(float(mean), 0.7, "the mean", hint)
    hint = "1.96 s / sqrt(n), with s = 0.2 the sample standard deviation, divided by n - 1; n = 3."
    expect.close(float(half_width), 0.2263, "the half width", hint, atol=1e-4)


@pytest.mark.stage("comparison")
def test_interval_is_two_python_floats():
    for number in report.confidence_interval(torch.tensor([0.5, 0.7, 0.9])):
        expect.that(isinstance(number, float), f"mean and half width should be Python floats, got {type(number)}")


@pytest.mark.stage("comparison")
def test_interval_of_accuracies_that_are_not_symmetric():
    mean, half_width = report.confidence_interval([0.5, 0.9, 0.55, 0.65])
    expect.close(float(mean), 0.65, "the mean of [0.5, 0.9, 0.55, 0.65]", "It is not the median.")
    expect.close(float(half_width), 0.1744, "the half width", "1.96 s / sqrt(4) with s = 0.178", atol=1e-4)


@pytest.mark.stage("comparison")
def test_two_accuracies_are_enough_for_an_interval():
    mean, half_width = report.confidence_interval([0.5, 0.75])
    expect.close(float(mean), 0.625, "the mean of two accuracies")
    hint = "s = sqrt(2 * 0.125 ** 2 / 1) = 0.1768, and n - 1 = 1."
    expect.close(float(half_width), 0.245, "the half width for two accuracies", hint)


@pytest.mark.stage("comparison")
def test_interval_needs_two_numbers():
    expect.close(float(report.confidence_interval([0.5, 0.75])[0]), 0.625, "the mean of two accuracies")
    raised = "nothing was raised"
    try:
        report.confidence_interval([0.5])
    except Exception as error:
        raised = f"got {type(error).__name__}"
    hint = "One number has no standard deviation."
    expect.that("ValueError" in raised, f"an interval of one accuracy should raise a ValueError, {raised}\n{hint}")


@pytest.mark.stage("comparison")
def test_comparison_has_accuracy_on_the_left_and_loss_on_the_right():
    panels = panels_of(report.plot_comparison(PROBE, BASELINE))
    places = panels["accuracy"].get_position(), panels["loss"].get_position()
    expect.that(places[0].x1 <= places[1].x0, "the two axes should be side by side: plt.subplots(1, 2)")
    for quantity, axes in panels.items():
        label = axes.get_ylabel()
        expect.that(quantity in label.lower(), f'the y label should contain "{quantity}", got "{label}"')
        label = axes.get_xlabel()
        expect.that("epoch" in label.lower(), f'the x label should contain "epoch", got "{label}"')


@pytest.mark.stage("comparison")
def test_comparison_has_two_legends_of_four():
    wanted = ["baseline train", "baseline validation", "probe train", "probe validation"]
    for quantity, axes in panels_of(report.plot_comparison(PROBE, BASELINE)).items():
        expect.that(axes.get_legend() is not None, f"the {quantity} has no legend: axes.legend() after the lines")
        entries = sorted(text.get_text().lower() for text in axes.get_legend().get_texts())
        hint = "Four lines in each of the two axes, in a new figure at every call."
        expect.equal(entries, wanted, f"the entries in the legend of the {quantity}", hint)


@pytest.mark.stage("comparison")
@pytest.mark.parametrize("baseline", [BASELINE, ONE_EPOCH], ids=["three_epochs", "one_epoch"])
def test_comparison_draws_every_series_from_epoch_1(baseline):
    for quantity, axes in panels_of(report.plot_comparison(PROBE, baseline)).items():
        lines = lines_of(axes)
        for name, history in (("probe", PROBE), ("baseline", baseline)):
            for split, field in (("train", f"train_{quantity}"), ("validation", f"val_{quantity}")):
                label, values = f"{name} {split}", getattr(history, field)
                expect.that(label in lines, f'no line is labelled "{label}", there are {sorted(lines)}')
                x, y = lines[label].get_data()
                hint = f"It shows {field} of the {name}'s history, over the epochs of that history."
                expect.equal(len(y), len(values), f'the number of points of "{label}"', hint)
                expect.close(torch.tensor([float(v) for v in y]), values, f'the {quantity} of "{label}"', hint)
                wanted = list(range(1, len(values) + 1))
                expect.equal([float(v) for v in x], wanted, f'the epochs of "{label}"', "Epochs count from 1.")
