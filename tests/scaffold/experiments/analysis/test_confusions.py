"""Mix-ups are those of all choices of drawings."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_mixups_are_those_of_all_choices_of_drawings() -> None:
    from experiments.analysis.confusions import _nearer, find, pair_rates

    generator = torch.Generator().manual_seed(3)
    sizes = [4, 3, 5, 4, 3, 5]  # three characters and a turn of each: class y is character y % 3
    labels = torch.arange(6).repeat_interleave(torch.tensor(sizes))
    centres = torch.tensor([[0, 0], [9, 0], [0, 9.0], [0.4, 9.3], [9.2, 0.3], [30, 30]])
    points = centres[labels] + torch.rand(len(labels), 2, generator=generator)
    order = torch.randperm(len(labels), generator=generator)  # the classes lie anywhere among the images
    labels, points = labels[order], points[order]

    def rate(own: int, other: int) -> float:
        mine = [point for point, label in zip(points, labels, strict=True) if label == own]
        others = [point for point, label in zip(points, labels, strict=True) if label == other]
        wrong = [
            (query - far).norm() < (query - near).norm()
            for i, query in enumerate(mine)
            for j, near in enumerate(mine)
            for far in others
            if i != j
        ]
        return sum(map(float, wrong)) / len(wrong)

    for first, second in ((2, 3), (1, 4), (0, 5)):
        assert pair_rates(points, labels, first, second).tolist() == pytest.approx(
            [rate(first, second), rate(second, first)]
        )

    images = labels.float()[:, None, None, None].expand(-1, 1, 2, 2) / 5
    shown = find(images, labels, points, ["a/1", "b/2", "c/3"], n_rounds=40)
    assert shown["pairs"].tolist() == [[2, 3], [1, 4]], "two characters first, then a character and its turn"
    expected = [[rate(2, 3), rate(3, 2)], [rate(1, 4), rate(4, 1)]]
    assert shown["rates"].flatten().tolist() == pytest.approx([number for pair in expected for number in pair])
    assert shown["drawings"].shape == (2, 2, 3, 2, 2)
    assert shown["drawings"][:, :, :, 0, 0].tolist() == [[[102] * 3, [153] * 3], [[51] * 3, [204] * 3]]
    comparisons = sum(size - 1 for size in sizes) * 5
    all_pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    mistakes = [rate(i, j) * (sizes[i] - 1) for i, j in all_pairs]
    assert shown["wrong"] == pytest.approx(sum(mistakes) / comparisons, rel=0.1)
    turned = sum(m for m, (i, j) in zip(mistakes, all_pairs, strict=True) if i % 3 == j % 3)
    assert shown["turned"] == pytest.approx(turned / sum(mistakes), abs=0.05)
    by_class = sorted(sum(m for m, pair in zip(mistakes, all_pairs, strict=True) if pair[0] == i) for i in range(6))
    half = next(n for n in range(1, 7) if sum(by_class[-n:]) >= sum(by_class) / 2)
    assert (shown["classes"], shown["half"]) == (6, half)
    counts = _nearer(points, labels, 40, torch.Generator().manual_seed(0))
    assert counts.diagonal().sum() == 0, "no class is taken for itself"


def test_a_network_that_mixes_up_nothing_has_no_mixups() -> None:
    from experiments.analysis.confusions import find

    labels = torch.arange(4).repeat(5)
    shown = find(torch.rand(20, 1, 4, 4), labels, 100 * torch.eye(4)[labels], ["a", "b"])
    assert (len(shown["pairs"]), shown["drawings"].shape) == (0, (0, 2, 3, 4, 4))
    assert (shown["wrong"], shown["turned"], shown["half"]) == (0, 0, 0)
