"""The steps of a training: rates from their peaks, numbers that go on, and what a stage logs of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_runs
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_steps_have_their_rates_and_go_on_from_where_they_were(tmp_path: Path, data_root: Path) -> None:
    from experiments.training.steps import Steps

    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": parameters[:1], "lr": 0.4}, {"params": parameters[1:], "lr": 0.1}])
    with small_runs.open_run(tmp_path, data_root) as run:
        steps = Steps(run, "toy", optimizer, [1.0, 0.5, 0.25, 0.125])
        steps.done = 1  # as a checkpoint says
        with steps.progress("toy"):
            rates = []
            for offset, step in enumerate(steps.until(3)):
                rates.append((step, [group["lr"] for group in optimizer.param_groups]))
                steps.log(offset, {"loss": 7.0 + step})
            assert rates == [(1, [0.2, 0.05]), (2, [0.1, 0.025])]
            assert (steps.done, steps.taken, steps.losses) == (3, 2, [8.0, 9.0])
            steps.until(4)  # a stage that takes nothing
            assert (steps.done, steps.taken, steps.losses) == (3, 0, [])
            run.stop.asked = True
            assert list(steps.until(4)) == []
        found = [(line["step"], line["loss"], line["learning_rate"]) for line in run.metrics("toy")]
        assert found == [(1, 8.0, 0.2), (2, 9.0, 0.1)]
