"""The steps of a training whose loop is a stage: the learning rate of each, how many were taken, what they log.

A stage takes what to train on from an iterable, and reports every step to a function. `Steps` provides both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from experiments.training.progress import Progress
from experiments.training.run import Run


class Steps:
    """Counts the steps of a phase, sets the learning rate before each of them, and logs it after.

    Args:
        run: where the metrics go, and what may be asked to stop.
        phase: the phase's name.
        optimizer: a new one: its learning rates are the peak ones.
        factors: for every step of the phase, its learning rate as a fraction of the peak.

    Attributes:
        done: how many steps were taken, including those of earlier runs.
        taken: how many of them since the last call of `until`.
        losses: the losses of these.
    """

    def __init__(self, run: Run, phase: str, optimizer: torch.optim.Optimizer, factors: Sequence[float]):
        self.run, self.phase, self.optimizer, self.factors = run, phase, optimizer, factors
        self.done = self.taken = 0
        self.losses: list[float] = []
        self._peaks = [group["lr"] for group in optimizer.param_groups]

    def progress(self, title: str) -> Progress:
        """Returns the phase's progress bar, which every step advances; use it in a `with`."""
        self._bar = self.run.progress(title, len(self.factors), self.done)
        return self._bar

    def until(self, end: int) -> Iterator[int]:
        """Returns the number of each step up to `end`, as long as the run is not asked to stop."""
        self.taken, self.losses = 0, []
        return self._take(end)

    def _take(self, end: int) -> Iterator[int]:
        while self.done < end and not self.run.stopping():
            for group, peak in zip(self.optimizer.param_groups, self._peaks, strict=True):
                group["lr"] = peak * self.factors[self.done]
            yield self.done
            self.done += 1
            self.taken += 1

    def log(self, step: int, values: dict[str, float]) -> None:
        """Logs what a stage reports about a step, counted from 0 since the last call of `until`."""
        rate = self.optimizer.param_groups[0]["lr"]
        first = self.done - self.taken
        self.run.log(self.phase, first + step, {**values, "learning_rate": rate})
        self.losses.append(values["loss"])
        self._bar.advance("  ".join(f"{name} {value:.3f}" for name, value in values.items()))
