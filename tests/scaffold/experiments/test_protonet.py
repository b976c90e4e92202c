"""The program for Prototypical Networks, in parts; `test_runs.py` runs the whole."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_the_learning_rate_of_episodes_is_a_cosine_or_the_papers() -> None:

    from experiments.protonet import ProtoNetConfig, decay

    config = ProtoNetConfig(warmup_episodes=4)
    rates = [decay(config, step, 20) for step in range(20)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[4:]))
    assert 0 < rates[-1] < 0.02
    halving = dataclasses.replace(config, schedule="halving", halve_every=5)
    assert [decay(halving, step, 20) for step in (0, 4, 5, 10)] == [1, 1, 0.5, 0.25]
