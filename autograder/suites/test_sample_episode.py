"""Hidden suite of `sample_episode`: classes, images and randomness of an episode."""

from __future__ import annotations

import torch

from autograder.rpc.errors import StudentError
from autograder.suites import expect
from autograder.suites import protonet_oracles as oracles


def drawings(n, dtype=torch.float32):
    """Images (n, 2, 3, 4) that can be told apart: every pixel of image i holds a value that no other pixel holds."""
    return torch.arange(n * 24).reshape(n, 2, 3, 4).to(dtype)


def scattered(n_classes, size):
    """Labels of classes that are neither 0, 1, … nor sorted nor positive, in turn: (n_classes * size,)."""
    return torch.tensor([40, -3, 17, 0, 8, -25])[:n_classes].repeat(size)


def sample(student, images, labels, n_way, n_support, n_query, generator, seed=0):
    """Draws an episode; returns the reply and the numbers of its images, (n_way, n_support) and (n_way, n_query)."""
    reply = student.call("episodes.sample_episode", images, labels, n_way, n_support, n_query, generator, seed=seed)
    episode = expect.record(reply.value, ("support", "query"), "sample_episode's result")
    parts = []
    for name, count in (("support", n_support), ("query", n_query)):
        part = expect.shape(getattr(episode, name), (n_way, count, *images.shape[1:]), name)
        numbers = part[:, :, 0, 0, 0].long() // 24
        inside = bool(((numbers >= 0) & (numbers < len(images))).all())
        whole = inside and torch.equal(images[numbers].to(part.dtype), part)
        expect.that(whole, f"every image of {name} should be one of the given images as a whole, but one is not")
        parts.append(numbers)
    return reply, *parts


def test_shapes_follow_way_shot_and_queries(student):
    """Draws a random episode: `n_way` distinct classes, and from each `n_support + n_query` distinct images."""
    labels = scattered(4, 8)
    for n_way, n_support, n_query in ((3, 2, 5), (4, 1, 1), (2, 5, 3), (1, 1, 1), (1, 2, 1), (2, 1, 3)):
        sample(student, drawings(32), labels, n_way, n_support, n_query, student.prop("Generator", 5))


def test_one_class_of_one_pixel(student):
    """No image is both support and query."""
    images, generator = torch.arange(2.0).reshape(2, 1, 1, 1), student.prop("Generator", 5)
    value = student.call("episodes.sample_episode", images, torch.tensor([-7, -7]), 1, 1, 1, generator).value
    episode = expect.record(value, ("support", "query"), "sample_episode's result")
    for name in ("support", "query"):
        expect.shape(getattr(episode, name), (1, 1, 1, 1, 1), name, "Keep every dimension even if it is 1.")
    drawn = sorted([episode.support.item(), episode.query.item()])
    expect.that(
        drawn == [0, 1],
        "of two images, neither should be both in the support and in the query, and each should be in one",
    )


def test_a_row_holds_one_class_for_support_and_query(student, rng):
    """One N-way K-shot problem. Row c of both tensors belongs to the episode's class c."""
    labels = scattered(4, 7)[torch.randperm(28, generator=rng)]
    generator = student.prop("Generator", 1)
    for _ in range(10):
        _, support, query = sample(student, drawings(28), labels, 3, 2, 4, generator)
        classes = labels[torch.cat([support, query], dim=1)]
        same = bool((classes == classes[:, :1]).all())
        expect.that(same, "row c of support and of query should hold the same class, but there is another class in it")


def test_classes_are_distinct(student):
    """Draws a random episode: `n_way` distinct classes"""
    labels = scattered(5, 6)
    generator = student.prop("Generator", 2)
    for _ in range(8):
        _, support, _ = sample(student, drawings(30), labels, 4, 1, 2, generator)
        distinct = len(set(labels[support[:, 0]].tolist())) == 4
        expect.that(distinct, "an episode's classes should be distinct; list each once, and draw without replacement")


def test_no_image_appears_twice(student):
    """No image is both support and query."""
    labels = scattered(3, 9)
    generator = student.prop("Generator", 3)
    episodes = [sample(student, drawings(27), labels, 3, 3, 4, generator)[1:] for _ in range(5)]
    for support, query in episodes:
        distinct = len(set(support.flatten().tolist())) == 9 and len(set(query.flatten().tolist())) == 12
        expect.that(distinct, "an image appears twice in the support or in the query; draw without replacement")
    for support, query in episodes:
        overlap = set(support.flatten().tolist()) & set(query.flatten().tolist())
        expect.that(not overlap, "an image is in the support and in the query; the query would be known already")


def test_a_class_that_just_suffices_is_used_up(student):
    """from each `n_support + n_query` distinct images."""
    labels = scattered(2, 5)
    _, support, query = sample(student, drawings(10), labels, 2, 2, 3, student.prop("Generator", 4))
    used = sorted(torch.cat([support, query], dim=1).flatten().tolist())
    expect.that(used == list(range(10)), "with n_support + n_query images in each class, every image should be drawn")


def test_the_generator_decides_everything(student):
    """the same generator state gives the same episode"""
    labels = scattered(6, 8)
    draws = []
    for seed in (11, 12):  # of the global generator, which should not matter
        generator = student.prop("Generator", 9)
        draws.append([sample(student, drawings(48), labels, 4, 2, 3, generator, seed=seed)[1:] for _ in range(3)])
    for one, other in zip(*draws, strict=True):
        same = torch.equal(one[0], other[0]) and torch.equal(one[1], other[1])
        expect.that(same, "the same generator state should give the same episode; take all randomness from it")


def test_the_generator_moves_on(student):
    """the next call gives another one"""
    labels = scattered(6, 8)
    generator = student.prop("Generator", 9)
    draws = [sample(student, drawings(48), labels, 4, 2, 3, generator)[1].tolist() for _ in range(4)]
    moved = all(draw != draws[0] for draw in draws[1:])
    expect.that(moved, "a second episode from the same generator should be a different one; do not seed it again")


def test_the_global_random_state_is_left_alone(student):
    """torch's global random state is neither read nor changed."""
    labels = scattered(6, 8)
    reply, *_ = sample(student, drawings(48), labels, 4, 2, 3, student.prop("Generator", 9))
    expect.that(not reply.global_random, "torch's global random state was used or seeded; pass `generator=generator`")


def test_every_class_is_as_likely_as_any_other(student):
    """Every class of `labels` is as likely as any other"""
    sizes = [3, 3, 3, 3, 3, 3, 3, 100]
    labels = torch.cat([torch.full((size,), 10 * k) for k, size in enumerate(sizes)])
    generator = student.prop("Generator", 8)
    counts = dict.fromkeys(range(len(sizes)), 0)
    for _ in range(60):
        _, support, _ = sample(student, drawings(len(labels)), labels, 4, 1, 1, generator)
        for label in labels[support[:, 0]].tolist():
            counts[label // 10] += 1
    low, high = oracles.binomial_bounds(60, 1 / 2)
    fair = all(low < count < high for count in counts.values())
    expect.that(fair, "some classes are drawn far more often than others; draw classes, not images")


def test_every_image_of_a_class_is_as_likely_as_any_other(student):
    """so is every image of a class"""
    labels = torch.arange(12).repeat(6)  # image i is the one number i // 12 of its class
    generator = student.prop("Generator", 8)
    as_support, as_query = torch.zeros(6), torch.zeros(6)
    for _ in range(40):
        _, support, query = sample(student, drawings(72), labels, 12, 1, 2, generator)
        as_support += (support.flatten() // 12).bincount(minlength=6)
        as_query += (query.flatten() // 12).bincount(minlength=6)
    for counts, chance, name in ((as_support, 1 / 6, "support"), (as_query, 2 / 6, "query")):
        low, high = oracles.binomial_bounds(40 * 12, chance)
        fair = bool(((counts > low) & (counts < high)).all())
        expect.that(fair, f"some images are far more often in the {name} than others; shuffle the images of each class")


def test_classes_draw_their_images_independently(student):
    """whatever was drawn from the other classes."""
    labels = scattered(5, 10)
    generator = student.prop("Generator", 8)
    agree = 0
    for _ in range(12):
        _, support, _ = sample(student, drawings(50), labels, 5, 1, 1, generator)
        agree += int(len(set((support[:, 0] // 5).tolist())) == 1)
    message = "all classes of an episode use the images at the same places; make a random draw for each class"
    expect.that(agree < 12, message)


def test_dtype_is_kept_and_inputs_are_left_alone(student, rng):
    """its tensors have the dtype of `images`."""
    images, labels = drawings(20, torch.int16), torch.arange(20) % 4
    labels = labels[torch.randperm(20, generator=rng)]
    reply, *_ = sample(student, images, labels, 3, 1, 2, student.prop("Generator", 7))
    expect.dtype(reply.value.support, torch.int16, "the support of int16 images")
    expect.dtype(reply.value.query, torch.int16, "the query of int16 images")
    expect.unchanged(images, reply.inputs[0], "images")
    expect.unchanged(labels, reply.inputs[1], "labels")


def test_too_few_classes_are_an_error(student):
    """there are fewer than `n_way` classes"""
    labels, generator = scattered(3, 4), student.prop("Generator", 7)
    sample(student, drawings(12), labels, 3, 1, 2, generator)
    too_many = lambda: student.call("episodes.sample_episode", drawings(12), labels, 4, 1, 2, generator)  # noqa: E731
    expect.raises("ValueError", too_many, "asking for 4 classes where there are 3")


def test_too_few_images_are_an_error(student):
    """a drawn class has fewer than `n_support + n_query` images."""
    labels, generator = scattered(3, 4), student.prop("Generator", 7)
    sample(student, drawings(12), labels, 3, 1, 3, generator)
    too_many = lambda: student.call("episodes.sample_episode", drawings(12), labels, 2, 2, 3, generator)  # noqa: E731
    expect.raises("ValueError", too_many, "asking for 2 + 3 images of classes that have 4", "Slicing never complains.")


def test_only_a_class_that_is_drawn_can_be_too_small(student):
    """A class that is too small is as likely as any other, and is not an error unless it is drawn."""
    labels = torch.tensor([40, -3, 17, 8, 40, -3, 17, 40, -3, 17])  # three images of each class but one of 8
    generator, raised = student.prop("Generator", 6), 0
    for _ in range(40):  # in each of them the small class is drawn with probability 1/2
        try:
            sample(student, drawings(10), labels, 2, 1, 2, generator)
        except StudentError as error:
            if "ValueError" not in error.kinds:
                raise
            raised += 1
    expect.that(raised > 0, "a class that is too small is left out silently; if it is drawn, raise a ValueError")
    expect.that(raised < 40, "a class that is too small should not be an error as long as it is not drawn")
