"""Measures a training loop from inside, round by round, so that several loops can take turns.

A loop calls `mark` at the end of each part of a step and `step` at the end of the step. In `step` the loop stands still
until its next turn comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PARTS = ("data", "augmentation", "forward", "backward", "optimiser", "other")


class Stopwatch:
    """Counts steps and seconds of one turn after the other.

    Args:
        wait: called at the end of a turn with what happened in it, {"steps", "items", "seconds", "cpu_seconds",
            "parts"}; returns how many seconds the next turn shall last. It is called once before the first turn, with
            None. The processor's time is that of all threads, without DataLoader workers.
    """

    def __init__(self, wait: Callable[[dict[str, Any] | None], float]):
        self._wait = wait
        self._duration = 0.0
        self._began: float | None = None

    def begin(self) -> None:
        """Waits for the first turn; call it when everything is loaded."""
        self._turn(None)

    def mark(self, part: str) -> None:
        """Says that the time since the last call of any method was spent on `part` of the step, one of `PARTS`."""
        now = time.perf_counter()
        self._parts[part] += now - self._last
        self._last = now

    def step(self, items: int = 1) -> None:
        """Says that a step is over, which dealt with so many items; takes a break if the turn is over."""
        self.mark("other")
        self._steps += 1
        self._items += items
        if self._last - self._start >= self._duration:
            self._turn(
                {
                    "steps": self._steps,
                    "items": self._items,
                    "seconds": self._last - self._start,
                    "cpu_seconds": time.process_time() - self._cpu,
                    "parts": {name: seconds for name, seconds in self._parts.items() if seconds},
                }
            )

    def _turn(self, result: dict[str, Any] | None) -> None:
        self._duration = self._wait(result)
        self._steps = self._items = 0
        self._parts = dict.fromkeys(PARTS, 0.0)
        self._start = self._last = time.perf_counter()
        self._cpu = time.process_time()
