"""Choices are balanced by class, seeded and nested."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_choices_are_balanced_seeded_and_nested() -> None:
    from experiments.data.subsets import balanced, held_out

    labels = torch.arange(7).repeat_interleave(30)
    chosen = balanced(labels, 70, seed=1)
    assert labels[chosen].bincount().tolist() == [10] * 7
    assert len(set(chosen.tolist())) == 70
    assert torch.equal(chosen, balanced(labels, 70, seed=1))
    assert not torch.equal(chosen, balanced(labels, 70, seed=2))
    few = balanced(labels, 18, seed=1)
    assert torch.equal(few, chosen[:18])
    assert sorted(labels[few].bincount().tolist()) == [2, 2, 2, 3, 3, 3, 3]
    uneven = torch.tensor([0] * 3 + [1] * 40)
    assert uneven[balanced(uneven, 10, seed=0)].bincount().tolist() == [3, 7]
    rows, held = held_out(labels, 0.2, seed=5)
    assert labels[held].bincount().tolist() == [6] * 7
    assert sorted([*rows.tolist(), *held.tolist()]) == list(range(210))
