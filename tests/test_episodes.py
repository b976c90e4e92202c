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
    return torch.arange(n).reshape(n, 1, 1, 1).expand(n, 1, 2, 3).float()


def draw(n_way, n_support, n_query, seed=0, labels=LABELS):
    """Draws an episode of numbered images; returns the numbers, (n_way, n_support) and (n_way, n_query)."""
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    episode = episodes.sample_episode(numbered(len(labels)), labels, n_way, n_support, n_query, generator)
    hint = "Return Episode(support=…, query=…) with a row for each class."
    expect.that(isinstance(episode, episodes.Episode), f"sample_episode should return an Episode. {hint}")
    expect.shape(episode.support, (n_way, n_support, 1, 2, 3), "support", hint)
    expect.shape(episode.query, (n_way, n_query, 1, 2, 3), "query", hint)
    return episode.support[:, :, 0, 0, 0].long(), episode.query[:, :, 0, 0, 0].long()


def test_shapes_of_an_episode():
    draw(n_way=3, n_support=2, n_query=4)
    draw(n_way=5, n_support=1, n_query=2)
    draw(n_way=2, n_support=5, n_query=1)
    draw(n_way=1, n_support=1, n_query=1)


def test_a_row_is_one_class_and_rows_are_different_classes():
    for seed in range(10):
        support, query = draw(4, 2, 3, seed)
        classes = LABELS[torch.cat([support, query], dim=1)]
        for row in classes.tolist():
            expect.that(len(set(row)) == 1, f"row c of support and query should hold one class, got the labels {row}")
        hint = "Draw them without replacement: the first n_way of a random permutation."
        expect.that(len(set(classes[:, 0].tolist())) == 4, f"the four classes should be distinct. {hint}")


def test_no_image_is_used_twice():
    for seed in range(10):
        support, query = draw(3, 2, 4, seed)
        for row in torch.cat([support, query], dim=1).tolist():
            hint = "Draw n_support + n_query images of the class at once, then split them."
            expect.that(len(set(row)) == 6, f"support and query of a class share an image: {sorted(row)}. {hint}")


def test_every_image_can_be_support_or_query():
    support, query = zip(*(draw(2, 1, 2, seed) for seed in range(200)), strict=True)
    hint = "Shuffle the images of each class before taking the first ones."
    expect.equal(len(torch.cat(support).unique()), 30, "the number of images that were in a support set", hint)
    expect.equal(len(torch.cat(query).unique()), 30, "the number of images that were in a query set", hint)


def test_generator_decides_the_episode():
    torch.manual_seed(1)
    one = draw(3, 2, 2, seed=7)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    other = draw(3, 2, 2, seed=7)
    hint = "Pass generator=generator to torch.randperm."
    expect.equal(other[0], one[0], "the support of an episode from the same generator state", hint)
    expect.equal(other[1], one[1], "the query of an episode from the same generator state", hint)
    expect.that(torch.equal(before, torch.get_rng_state()), f"torch's global random state was changed. {hint}")


def test_next_episode_is_another_one():
    generator = torch.Generator().manual_seed(7)
    supports = [draw(3, 2, 2, generator)[0].tolist() for _ in range(4)]
    hint = "Use the generator as it is; do not seed it."
    expect.that(any(support != supports[0] for support in supports), f"four episodes in a row are the same. {hint}")


def test_images_are_taken_as_a_whole():
    images = torch.arange(180).reshape(30, 1, 2, 3)
    before, labels = images.clone(), LABELS.clone()
    episode = episodes.sample_episode(images, LABELS, 3, 2, 2, torch.Generator().manual_seed(0))
    drawn = torch.cat([episode.support, episode.query], dim=1).flatten(0, 1)
    expect.equal(drawn, images[drawn[:, 0, 0, 0] // 6], "the images of the episode", "Index the first dimension.")
    expect.unchanged(before, images, "images")
    expect.unchanged(labels, LABELS, "labels")


def test_small_classes_are_as_likely_as_large_ones():
    labels = torch.cat([torch.full((size,), label) for label, size in enumerate((3, 3, 3, 3, 100))])
    counts = torch.zeros(5)
    for seed in range(60):
        support, _ = draw(2, 1, 1, seed, labels)
        counts[labels[support[:, 0]]] += 1
    hint = "Draw classes, not images."  # each is in 24 of 60 episodes on average, the large one in nearly all otherwise
    expect.that(counts.max() < 50, f"the classes were in {counts.int().tolist()} of 60 episodes. {hint}")


def test_every_class_draws_its_own_images():
    labels = torch.arange(4).repeat_interleave(8)
    places = [(draw(4, 1, 1, seed, labels)[0] % 8).flatten().tolist() for seed in range(10)]
    hint = "Draw anew for each class."
    expect.that(any(len(set(row)) > 1 for row in places), f"all classes use the images at the same positions. {hint}")


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


def test_dtype_of_the_images_is_kept():
    images = torch.arange(30, dtype=torch.uint8).reshape(30, 1, 1, 1)
    episode = episodes.sample_episode(images, LABELS, 2, 1, 1, torch.Generator().manual_seed(0))
    expect.dtype(episode.support, torch.uint8, "the support of uint8 images")


def test_impossible_episodes_are_errors():
    draw(5, 2, 4)
    with pytest.raises(ValueError):
        draw(6, 2, 4)  # there are five classes
    with pytest.raises(ValueError):
        draw(5, 3, 4)  # there are six images of each
