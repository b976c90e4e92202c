"""What tells mistakes apart: the tests that a stage fails, what their messages say, and the numbers in them.

Two programs that make the same mistake have the same fingerprint, however they are written, as long as their inputs are
the same: with the visible suites always, with the hidden ones under the same seed.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.runner.results import StageResult

TELLING = (
    "wrong",
    "error",
)  # outcomes of a stage that say what its code does; the others say that it did not get there
_PLACE = re.compile(r"\s*\(?stages/\w+\.py, line \d+\)?:?")
_VAGUE = re.compile(r"\bit is too (?:large|small)\b")  # what many mistakes have in common
_FOLDER = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.~-]+)+[/\\]")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")


@dataclass(frozen=True)
class Failure:
    """One failing test.

    Attributes:
        test: its name.
        words: a digest of its message without numbers, lines of code and folders.
        numbers: those in its message, in order.
    """

    test: str
    words: str
    numbers: tuple[float, ...]

    def is_like(self, other: Failure) -> bool:
        """Returns whether both say the same, up to the last digit that messages show."""
        return (self.test, self.words, len(self.numbers)) == (other.test, other.words, len(other.numbers)) and all(
            math.isclose(one, two, rel_tol=5e-3, abs_tol=1e-3)
            for one, two in zip(self.numbers, other.numbers, strict=True)
        )

    def to_json(self) -> list[Any]:
        """Returns it as JSON; `from_json` reads it."""
        return [self.test, self.words, list(self.numbers)]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Failure:
        """Reads what `to_json` gives."""
        test, words, numbers = data
        return cls(test, words, tuple(map(float, numbers)))


def fingerprint(result: StageResult) -> tuple[Failure, ...]:
    """Returns a stage's failing tests; none where the result does not say what the code computes.

    Hidden tests keep a wrong number to themselves. Where they say nothing but that it is too large or too small, and no
    other message measures anything, different mistakes look the same.
    """
    if result.outcome not in TELLING or any(test.outcome not in ("passed", *TELLING) for test in result.tests):
        return ()  # or not to the end
    failing = [test for test in result.tests if test.outcome != "passed"]
    failures = tuple(_failure(test.name, test.message) for test in failing)
    measured = [one for one, test in zip(failures, failing, strict=True) if not _VAGUE.search(test.message)]
    if len(measured) < len(failures) and all(number.is_integer() for one in measured for number in one.numbers):
        return ()
    return failures


def alike(one: Sequence[Failure], other: Sequence[Failure]) -> bool:
    """Returns whether two fingerprints are the same, and not empty."""
    return (
        bool(one)
        and len(one) == len(other)
        and all(first.is_like(second) for first, second in zip(one, other, strict=True))
    )


def _failure(test: str, message: str) -> Failure:
    said = _FOLDER.sub("", _PLACE.sub("", message))
    words = hashlib.sha256(" ".join(_NUMBER.sub("#", said).split()).encode()).hexdigest()[:12]
    return Failure(test, words, tuple(float(number) for number in _NUMBER.findall(said)))
