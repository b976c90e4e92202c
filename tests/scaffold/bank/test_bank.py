"""The bank, each entry on its own stage: right ones are accepted, wrong ones caught, in-process and isolated alike.

`make bank` grades every entry on all stages that it could touch, in the sandbox and by both suites; here the wrong ones
are graded on their own stage, and of the rest this is a sample.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

import bank
from autograder import rubric, sandbox
from autograder.judge import workers
from autograder.runner import run as runner
from bank import empty, grading
from bank.__main__ import choose

STAGES = [stage.id for stage in rubric.STAGES]
SAMPLE = 4  # right entries of each stage, and wrong ones that are graded in the sandbox, too

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
each_stage = pytest.mark.parametrize("stage", STAGES)


def grade(kind: str, stage: str, sample: int | None = None, **options) -> Iterator[grading.Graded]:
    """Grades entries of a stage on that stage: all of them, or always the same few."""
    chosen = choose(kind, [stage], sample=sample)
    return grading.grade_all(chosen, jobs=2, stages=[bank.alone(rubric.get(stage))], **options)


@functools.cache
def in_process(kind: str, stage: str) -> dict[str, grading.Graded]:
    """What comes of a stage's wrong entries, or some right ones, by the hidden suite in the tests' own process."""
    return {str(graded.entry): graded for graded in grade(kind, stage, None if kind == "wrong" else SAMPLE)}


def faults(graded: Iterator[grading.Graded]) -> list[tuple[str, str, str]]:
    """What is wrong, by entry."""
    return sorted((str(one.entry), fault.kind, fault.text) for one in graded for fault in one.faults)


@each_stage
def test_reference_passes_and_stubs_get_nothing(root, stage):
    for suite in ("hidden", "visible"):
        (reference,) = runner.run(root / "solutions", [bank.alone(rubric.get(stage))], suite, jobs=1)
        (stub,) = runner.run(root / "assignment", [bank.alone(rubric.get(stage))], suite, jobs=1)
        assert (reference.points, reference.diagnosis) == (reference.max_points, "")
        assert (stub.points, {test.outcome for test in stub.tests}) == (0, {"todo"})


@each_stage
def test_right_entries_get_full_marks(stage):
    assert faults(in_process("right", stage).values()) == []
    assert faults(grade("right", stage, SAMPLE, suite="visible")) == []


@each_stage
def test_wrong_entries_lose_marks_with_a_message_that_points_at_the_mistake(stage):
    assert faults(in_process("wrong", stage).values()) == []


@each_stage
def test_every_hidden_test_catches_a_wrong_entry(stage):
    tests = [test for graded in in_process("wrong", stage).values() for test in graded.own.tests]
    caught = {test.name for test in tests if test.outcome != "passed"}
    assert {test.name for test in tests} - caught == set()


@each_stage
def test_verdicts_in_the_sandbox_are_those_of_the_same_process(stage):
    level = sandbox.best().level
    sample = [entry for kind in ("right", "wrong") for entry in choose(kind, [stage], sample=SAMPLE)]
    different = []
    for graded in grading.grade_all(sample, jobs=2, stages=[bank.alone(rubric.get(stage))], workers=workers.at(level)):
        plain = in_process(graded.entry.kind, stage)[str(graded.entry)]
        different += [(str(graded.entry), fault.text) for fault in grading.differences(plain.results, graded.results)]
    assert different == []


def test_what_computes_nothing_earns_next_to_nothing(tmp_path):
    earned = [empty.grade(one, tmp_path, jobs=2) for one in empty.entries()]
    assert [f"{one.entry}: {one.too_much}" for one in earned if one.too_much] == []
