"""Hidden suite of `prediction_figure`: the pictures, their titles and colours."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import torch

from autograder.judge.proxy import Remote
from autograder.rpc.messages import FigureData
from autograder.suites import expect, seeds
from autograder.suites import protonet_oracles as oracles

LAYOUT = "Images are (C, H, W) with values in [0, 1]; matplotlib wants (H, W) or (H, W, C)."
CONTRAST = 100  # of 255, between the darkest and the lightest grey of a picture


def episode(rng, n_way=3, n_support=2, n_query=4, image=(1, 5, 6)):
    """Random images, each with a black and a white pixel."""
    support = torch.rand(n_way, n_support, *image, generator=rng)
    query = torch.rand(n_way, n_query, *image, generator=rng)
    for images in (support, query):
        images[..., 0, 0], images[..., -1, 1] = 0.0, 1.0
    return oracles.Episode(support, query)


def partly_right(rng):
    """Predictions (3, 4): in each row right and wrong ones, and in equal columns, too, no row the same backwards."""
    drawn = torch.randint(3, (512, 3, 4), generator=rng)
    right, equal_column = drawn == torch.arange(3)[:, None], drawn == torch.arange(4)
    telling = (right.any(2) & ~right.all(2)).all(1) & (drawn != drawn.flip(2)).any(2).all(1)
    telling &= (right & equal_column).any(2).any(1) & (~right & equal_column).any(2).any(1)
    return drawn[int(telling.int().argmax())]


def plot(student, shown, predictions):
    """The axes of the figure row by row, after their number, each with one image; and the inputs after the call."""
    reply = student.call("report.plot_predictions", shown, predictions)
    figure = reply.value
    got = figure.kind if isinstance(figure, Remote) else type(figure).__name__
    expect.that(isinstance(figure, FigureData), f"plot_predictions should return the figure, got {got}")
    axes = [one for one in figure.axes if one.visible]
    n_way, n_query = predictions.shape
    count = n_way * (1 + n_query)
    expect.that(
        len(axes) == count,
        f"{n_way} classes with {n_query} queries make a grid of {n_way} rows and {1 + n_query} columns, "
        f"{count} axes; there are {len(axes)}",
    )
    expect.that(all(len(one.images) == 1 for one in axes), "every axes of the grid should hold exactly one image")
    return [axes[row * (1 + n_query) : (row + 1) * (1 + n_query)] for row in range(n_way)], reply.inputs


def same(shown, picture):
    """Whether an image on an axes is this picture, even upside down, which another test checks."""
    return upright(shown, picture) or upright(shown.flip(0), picture)


def upright(shown, picture):
    """Whether an image on an axes is this picture (C, H, W), as it is, in other units or, if grey, inverted."""
    values = shown.double()
    if picture.shape[0] == 1:
        values = values.mean(2) if values.ndim == 3 else values
        wanted = picture[0].double()
    else:
        wanted = picture.permute(1, 2, 0).double()
    if values.shape != wanted.shape:
        return False
    correlation = torch.corrcoef(torch.stack([values.flatten(), wanted.flatten()]))[0, 1]
    return bool((correlation.abs() if picture.shape[0] == 1 else correlation) > 0.99)


def pictures(shown):
    """What the figure should show, row by row."""
    return [[support[0], *query] for support, query in zip(shown.support, shown.query, strict=True)]


def instead(shown, episode):
    """Says which image of the episode an axes shows, if it is one."""
    for name, images in (("support image", episode.support), ("query", episode.query)):
        for c, members in enumerate(images):
            for i, picture in enumerate(members):
                if same(shown, picture):
                    return f", but is {name} {i} of class {c}"
    return ""


@pytest.fixture(scope="module")
def drawn(student):
    """What most tests look at: an episode of 3 classes and 4 queries, predictions that are partly wrong, the figure.

    A figure that shows nothing of them, neither a picture nor a row of titles, is none of the episode.
    """
    rng = seeds.generator("drawn")
    shown, predictions = episode(rng), partly_right(rng)
    rows, inputs = plot(student, shown, predictions)
    titles = [[axes.title.strip() for axes in row[1:]] for row in rows]
    wanted = [[str(k) for k in row] for row in predictions.tolist()]
    titled = any(row in wanted for row in titles)
    found = any(
        same(axes.images[0].transpose(0, 1) if turned else axes.images[0], picture)
        for axes in (rows[0][0], rows[-1][-1])
        for picture in [*shown.support.flatten(0, 1), *shown.query.flatten(0, 1)]
        for turned in (False, True)
    )
    expect.that(
        titled or found, f"neither the pictures nor the titles of the figure are those of the episode. {LAYOUT}"
    )
    return SimpleNamespace(
        shown=shown, predictions=predictions, rows=rows, inputs=inputs, titles=titles, wanted=wanted, found=found
    )


def test_inputs_are_not_modified(drawn):
    """Neither it nor the images are modified."""
    episode_after, predictions_after = drawn.inputs
    expect.unchanged(drawn.shown.support, episode_after.support, "the support of the episode")
    expect.unchanged(drawn.shown.query, episode_after.query, "the query of the episode")
    expect.unchanged(drawn.predictions, predictions_after, "predictions")


def test_grid_in_reading_order(drawn):
    """Its axes are in reading order, one image in each"""
    place = [[axes.position for axes in row] for row in drawn.rows]  # left, bottom, width, height
    across = all(row[i][0] < row[i + 1][0] and abs(row[i][1] - row[i + 1][1]) < 0.01 for row in place for i in range(4))
    down = all(place[r][i][1] > place[r + 1][i][1] for r in range(2) for i in range(5))
    columns, rows = ({round(50 * axes[side]) for row in place for axes in row} for side in (0, 1))
    found = f"there are {len(rows)} rows and {len(columns)} columns"
    what = f"the axes should be a grid in reading order: a row for each class, from the top down; {found}"
    expect.that(across and down, what)


def test_rows_begin_with_the_first_support_image(drawn):
    """The first image of row c is the first support image of class c, titled with its class"""
    for c, row in enumerate(drawn.rows):
        right = same(row[0].images[0], drawn.shown.support[c, 0])
        expect.that(right, f"row {c} should begin with the first support image of class {c}. {LAYOUT}")


def test_rows_show_all_queries_in_order(drawn):
    """the others are all queries of class c in order"""
    for c, row in enumerate(drawn.rows):
        for i, axes in enumerate(row[1:]):
            right = same(axes.images[0], drawn.shown.query[c, i])
            found = "" if right else instead(axes.images[0], drawn.shown)
            expect.that(right, f"picture {i + 1} of row {c} should be query {i} of class {c}{found}. {LAYOUT}")


def test_pictures_are_the_right_way_up(drawn):
    """Its axes are in reading order, one image in each, the right way up"""
    for row, wanted in zip(drawn.rows, pictures(drawn.shown), strict=True):
        for axes, picture in zip(row, wanted, strict=True):
            upside_down = upright(axes.images[0].flip(0), picture)
            expect.that(not upside_down, 'the pictures are upside down: imshow begins at the top, origin="upper"')
    expect.that(drawn.found, f"the pictures of the figure are not those of the episode. {LAYOUT}")


def test_three_channels_are_shown_in_colour(student, rng):
    """or 3, shown in colour"""
    shown = episode(rng, n_way=2, n_support=1, n_query=1, image=(3, 4, 7))
    rows, _ = plot(student, shown, torch.tensor([[1], [1]]))
    for c, (row, wanted) in enumerate(zip(rows, pictures(shown), strict=True)):
        right = all(same(axes.images[0], picture) for axes, picture in zip(row, wanted, strict=True))
        expect.that(right, f"row {c} of an episode in colour should show its pictures in colour. {LAYOUT}")


def test_one_channel_is_shown_in_grey(drawn):
    """C is 1, shown in shades of grey in which light and dark can be told apart"""
    for axes in (axes for row in drawn.rows for axes in row):
        painted = axes.images[0].ndim == 3 or all(c[1:3] == c[3:5] == c[5:7] for c in axes.image_colors[0])
        expect.that(painted, 'images of one channel should be shown in grey; matplotlib\'s default is not: cmap="gray"')
        low, _, high = (int(color[1:3], 16) for color in axes.image_colors[0])
        contrast = axes.images[0].ndim == 3 or abs(high - low) >= CONTRAST
        expect.that(contrast, "images of one channel should be shown in shades of grey that can be told apart")


def test_queries_are_titled_with_their_prediction(drawn):
    """the title of a query is the number of its predicted class and nothing else"""
    hint = 'Such as "3": predictions[c, i] as an int, for query i of class c.'
    message = "the title of a query should be the number of its predicted class, nothing else"
    titles = [title for row in drawn.titles for title in row]
    for found, said in (
        (any("tensor" in title for title in titles), "a title shows a tensor"),
        (any(not re.search(r"\d", title) for title in titles), "a title has no number"),
        (any(not title.isdecimal() for title in titles), "a title is more than a number"),
        (all(len(set(row)) == 1 for row in drawn.titles), "all titles of a row are the same"),
    ):
        expect.that(not found, f"{message}; {said}. {hint}")
    expect.that(drawn.titles == drawn.wanted, f"{message}. {hint}")


def test_support_images_are_titled_with_their_class(drawn):
    """the title of a support image contains the number of its class"""
    for c, row in enumerate(drawn.rows):
        named = str(c) in re.findall(r"\d+", row[0].title)
        expect.that(named, f"the title of the first picture of row {c} should contain its class, {c}")


def test_wrong_predictions_have_another_colour(drawn):
    """Titles of correct predictions share one colour, which no title of a wrong prediction has."""
    colors: dict[bool, set[str]] = {True: set(), False: set()}
    for c, row in enumerate(drawn.rows):
        for axes, predicted in zip(row[1:], drawn.predictions[c].tolist(), strict=True):
            colors[predicted == c].add(axes.title_color)
    hint = "A prediction in row c is right if it equals c."
    one = len(colors[True]) == 1
    place = "; they have one colour where the prediction is the query's place in the row" if by_place(drawn) else ""
    expect.that(one, f"titles of right predictions should all have the same colour{place}. {hint}")
    apart = not colors[True] & colors[False]
    expect.that(apart, f"titles of wrong predictions should have a different colour from titles of right ones. {hint}")


def by_place(drawn):
    """Whether the colours tell predictions that equal the query's place in its row from all others."""
    colors: dict[bool, set[str]] = {True: set(), False: set()}
    for c, row in enumerate(drawn.rows):
        for i, axes in enumerate(row[1:]):
            colors[int(drawn.predictions[c, i]) == i].add(axes.title_color)
    return len(colors[True]) == 1 and not colors[True] & colors[False]


def test_shape_comes_from_the_episode(student, rng):
    """Each of n_way, n_support and n_query may be 1."""
    for n_way, n_support, n_query in ((2, 1, 1), (1, 2, 3), (1, 1, 1)):
        shown = episode(rng, n_way, n_support, n_query)
        rows, _ = plot(student, shown, torch.zeros(n_way, n_query, dtype=torch.int64))
        last = same(rows[-1][-1].images[0], shown.query[-1, -1])
        expect.that(last, "the last picture should be the last query of the last class")
