"""What stages/episodes.py should do: draw a small classification problem."""

from __future__ import annotations

import expect
import pytest
import torch
from stages import episodes

pytestmark = pytest.mark.stage("sample_episode")

LABELS = torch.tensor([40, -3, 17, 0, 25]).repeat(6)  # five classes with six images each, not side by side


def numbered(n):
    """Images (n, 1, 2, 3) in which all pixels of image i have the value i."""
    return torch.arange(n).float().reshape(n, 1, 1, 1).repeat(1, 1, 2, 3)


def draw(n_way, n_support, n_query, seed=0, labels=LABELS):
    """Draws an episode of numbered images; returns the numbers, (n_way, n_support) and (n_way, n_query)."""
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    images, given = numbered(len(labels)), labels.clone()
    episode = episodes.sample_episode(images, given, n_way, n_support, n_query, generator)
    expect.unchanged(numbered(len(labels)), images, "images")
    expect.unchanged(labels, given, "labels")
    hint = "Return Episode(support=…, query=…), a NamedTuple, with a row for each class."
    expect.that(isinstance(episode, episodes.Episode), f"sample_episode should return an Episode. {hint}")
    expect.shape(episode.support, (n_way, n_support, 1, 2, 3), "support", hint)
    expect.shape(episode.query, (n_way, n_query, 1, 2, 3), "query", hint)
    return episode.support[:, :, 0, 0, 0].long(), episode.query[:, :, 0, 0, 0].long()


def refuses(what, n_way, n_support, n_query):
    """Asserts that such an episode is a ValueError."""
    images, generator, got = numbered(len(LABELS)), torch.Generator().manual_seed(0), "but slicing never complains"
    try:
        episodes.sample_episode(images, LABELS.clone(), n_way, n_support, n_query, generator)
    except ValueError:
        return
    except Exception as error:
        got = f"got {type(error).__name__}"
    raise AssertionError(f"{what} should raise a ValueError, {got}")


def test_shapes_of_an_episode():
    draw(n_way=3, n_support=2, n_query=4)
    draw(n_way=5, n_support=1, n_query=2)
    draw(n_way=2, n_support=5, n_query=1)
    draw(n_way=1, n_support=1, n_query=1)


def test_dtype_of_the_images_is_kept():
    images = torch.arange(30, dtype=torch.int16).reshape(30, 1, 1, 1)
    episode = episodes.sample_episode(images, LABELS, 2, 1, 1, torch.Generator().manual_seed(0))
    expect.dtype(episode.support, torch.int16, "the support of int16 images")


def test_images_are_taken_as_a_whole():
    images = torch.arange(180).reshape(30, 1, 2, 3)
    before, labels = images.clone(), LABELS.clone()
    episode = episodes.sample_episode(images, LABELS, 3, 2, 2, torch.Generator().manual_seed(0))
    drawn = torch.cat([episode.support, episode.query], dim=1).flatten(0, 1)
    expect.equal(drawn, images[drawn[:, 0, 0, 0] // 6], "the images of the episode", "Take each as a whole.")
    expect.unchanged(before, images, "images")
    expect.unchanged(labels, LABELS, "labels")


def test_a_row_is_one_class_and_rows_are_different_classes():
    for seed in range(10):
        support, query = draw(4, 2, 3, seed)
        classes = LABELS[torch.cat([support, query], dim=1)]
        for row in classes.tolist():
            expect.that(len(set(row)) == 1, f"row c of both should hold the same class, got the labels {row}")
        hint = "List each class once, and draw without replacement."
        expect.that(len(set(classes[:, 0].tolist())) == 4, f"the four classes should be distinct. {hint}")


def test_no_image_is_used_twice():
    drawn = [draw(3, 2, 4, seed) for seed in range(10)]
    for name, rows in (("support", [s for s, _ in drawn]), ("query", [q for _, q in drawn])):
        for row in torch.cat(rows).tolist():
            hint = "Draw without replacement."
            expect.that(len(set(row)) == len(row), f"an image appears twice in the {name}: {sorted(row)}. {hint}")
    for support, query in drawn:
        for row in torch.cat([support, query], dim=1).tolist():
            hint = "Draw n_support + n_query images of the class at once, then split them."
            expect.that(len(set(row)) == 6, f"an image is in the support and in the query: {sorted(row)}. {hint}")


def test_generator_decides_the_episode():
    torch.manual_seed(1)
    one = draw(3, 2, 2, seed=7)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    other = draw(3, 2, 2, seed=7)
    same = torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
    untouched = torch.equal(before, torch.get_rng_state())
    hint = "Pass generator=generator to torch.randperm."
    different = "the same generator state gives different episodes"
    expect.that(same or untouched, f"{different}, and torch's global random state is used. {hint}")
    expect.that(same, f"{different}. Take all randomness from the generator.")
    expect.that(untouched, f"torch's global random state was seeded or changed. {hint}")


def test_next_episode_is_another_one():
    generator = torch.Generator().manual_seed(7)
    supports = [draw(3, 2, 2, generator)[0].tolist() for _ in range(4)]
    hint = "Use the generator as it is; do not seed it."
    expect.that(any(support != supports[0] for support in supports), f"four episodes in a row are the same. {hint}")


def test_small_classes_are_as_likely_as_large_ones():
    labels = torch.cat([torch.full((size,), label) for label, size in enumerate((3, 3, 3, 3, 100))])
    counts = torch.zeros(5)
    for seed in range(60):
        support, _ = draw(2, 1, 1, seed, labels)
        counts[labels[support[:, 0]]] += 1
    hint = "Draw classes at random, not images."  # each is in 24 of 60 episodes on average
    expect.that(counts.max() < 50, f"the classes were in {counts.int().tolist()} of 60 episodes. {hint}")


def test_every_image_can_be_support_or_query():
    support, query = zip(*(draw(2, 1, 2, seed) for seed in range(200)), strict=True)
    hint = "Shuffle the images of each class before taking the first ones."
    expect.equal(len(torch.cat(support).unique()), 30, "the number of images that were in a support set", hint)
    expect.equal(len(torch.cat(query).unique()), 30, "the number of images that were in a query set", hint)


def test_every_class_draws_its_own_images():
    labels = torch.arange(4).repeat_interleave(8)
    places = [(draw(4, 1, 1, seed, labels)[0] % 8).flatten().tolist() for seed in range(10)]
    hint = "Draw anew for each class."
    expect.that(any(len(set(row)) > 1 for row in places), f"all classes use the images at the same positions. {hint}")


def test_impossible_episodes_are_errors():
    draw(5, 2, 4)
    refuses("asking for 6 classes where there are 5", 6, 2, 4)
    refuses("asking for 3 + 4 images of classes that have 6", 5, 3, 4)


def test_only_a_class_that_is_drawn_can_be_too_small():
    labels = torch.tensor([40, -3, 17, 8, 40, -3, 17, 40, -3, 17])  # three images of each class but one of 8
    raised = 0
    for seed in range(60):
        try:
            draw(2, 1, 2, seed, labels)
        except ValueError:
            raised += 1
    hint = "Draw the classes first, then raise a ValueError if one of those has too few images."
    expect.that(0 < raised < 60, f"a class that is too small was an error in {raised} of 60 episodes. {hint}")
