"""Fingerprints: equal for the same failures up to rounding, different for different words, tests and numbers."""

from __future__ import annotations

import pytest

from autograder.runner.fingerprint import Failure, alike, fingerprint
from autograder.runner.results import StageResult, TestResult


def result(*messages: str, outcome: str = "wrong") -> StageResult:
    tests = [TestResult("test_passes", "passed", "")]
    tests += [TestResult(f"test_{number}", "wrong", message) for number, message in enumerate(messages)]
    return StageResult("distances", 1.0, 8, outcome, tuple(tests), messages[0] if messages else "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "the distances: every value is 1.414 times the expected",
            "the distances: every value is 1.413 times the expected",
        ),
        ("got (3, 5)", "got (3, 5)"),
        ("cannot read '/tmp/a1b2/Latin/notes.txt'", "cannot read '/home/me/Latin/notes.txt'"),
        (
            "sum raised IndexError: out of range (stages/protonet.py, line 12)",
            "sum raised IndexError: out of range (stages/protonet.py, line 40)",
        ),
    ],
)
def test_the_same_failure_is_recognised(one: str, other: str) -> None:
    assert alike(fingerprint(result(one)), fingerprint(result(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("the loss is wrong",), ("the gradient is wrong",)),
        (("got (3, 5)",), ("got (5, 3)",)),
        (("every value is 2 times the expected",), ("every value is 2.1 times the expected",)),
        (("no gradient",), ("no gradient", "no shape")),
    ],
)
def test_another_failure_is_not(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert not alike(fingerprint(result(*one)), fingerprint(result(*other)))


@pytest.mark.parametrize("outcome", ["passed", "todo", "blocked", "timeout", "memory", "crashed", "tampered"])
def test_what_does_not_say_what_the_code_computes_has_none(outcome: str) -> None:
    assert fingerprint(result("it is too large", outcome=outcome)) == ()


def test_nothing_is_not_like_nothing() -> None:
    assert not alike((), ())


def test_json_keeps_everything() -> None:
    (failure,) = fingerprint(result("2 of 12 values differ, by -1.5e-3"))
    assert Failure.from_json(failure.to_json()) == failure
    assert failure.numbers == (2.0, 12.0, -0.0015)


def test_a_stage_that_did_not_come_to_its_end_has_none() -> None:
    whole = result("no gradient", "no shape")
    late = TestResult("test_1", "timeout", "it did not end")
    assert fingerprint(whole)
    assert fingerprint(StageResult("distances", 1.0, 8, "wrong", (*whole.tests[:2], late), "no gradient")) == ()


def test_too_large_alone_says_too_little() -> None:
    vague = "the accuracy: it is too small. Correct samples over all samples."
    assert fingerprint(result(vague, vague)) == ()
    assert fingerprint(result(vague, "the shape is (2, 3)")) == ()
    assert len(fingerprint(result(vague, "the largest difference is 0.25"))) == 2
