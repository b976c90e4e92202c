"""What a judge itself may use: an answer that is expensive to compare fails its own test, and nothing else.

Memory is limited for the whole process. Time is the judge's own processor time, so that neither a busy machine nor a
slow worker counts; it runs for each test, and is not enforced while a message is sent or read, lest half of it be lost.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import Any

from autograder.judge.errors import TooSlowError
from autograder.sandbox import limits

TEST_SECONDS = 20.0  # of processor time; an honest answer takes a hundredth
STAGE_SECONDS = 60.0
LEAST = 0.2  # seconds for a test when those of its stage are used up
MEMORY = 1536 << 20  # bytes beyond what the judge has at the start; an honest answer takes a tenth


class Clock:
    """Times the tests of one stage; raises `TooSlowError` in a test whose time is up."""

    def __init__(self) -> None:
        self._left = STAGE_SECONDS
        self._held = self._late = False

    @contextlib.contextmanager
    def test(self) -> Iterator[None]:
        """Runs a test against the clock."""
        seconds = max(LEAST, min(TEST_SECONDS, self._left))
        before = signal.signal(signal.SIGPROF, self._ring)
        self._held = self._late = False
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            yield
        finally:
            self._held = True  # nothing is raised from here on
            self._left -= seconds - signal.setitimer(signal.ITIMER_PROF, 0)[0]
            signal.signal(signal.SIGPROF, before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Puts off the interruption until the end of the context."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before
        if self._late and not self._held:
            raise TooSlowError

    def _ring(self, *_: Any) -> None:
        self._late = True
        if not self._held:
            raise TooSlowError


def bound_memory() -> None:
    """Limits the memory of this process, where the system can."""
    limits.bound_memory(MEMORY)
