"""The bank of the SimCLR half: every wrong entry loses marks, every right one gets them all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bank
import pytest

from autograder import rubric, runner

STAGES = ["two_views", "projection_head", "nt_xent", "simclr_training", "linear_probe", "comparison"]
CODE = ("assert ", "Traceback", 'File "', "<frozen")  # what a student should not be shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.parametrize("stage", STAGES)]


def of(kind: str, stage: str) -> list[bank.Entry]:
    """The entries of one stage."""
    return [entry for entry in bank.entries(kind) if entry.stage == stage]


def grade(submission: Path, stage: str, suite: str) -> runner.StageResult:
    """The result of one stage. Its `needs` are left out: they are the reference's, and running them takes time."""
    (result,) = runner.run(submission, [replace(rubric.get(stage), needs=())], suite, jobs=1)
    assert result.outcome != "infrastructure", result.diagnosis
    return result


def test_reference_passes_and_stubs_get_nothing(root, stage):
    for suite in ("hidden", "visible"):
        reference, stub = grade(root / "solutions", stage, suite), grade(root / "assignment", stage, suite)
        assert (reference.points, reference.diagnosis) == (reference.max_points, "")
        assert (stub.points, {test.outcome for test in stub.tests}) == (0, {"todo"})


def test_wrong_entries_lose_marks_and_every_hidden_test_catches_one(stage, tmp_path):
    accepted, unreadable, caught = [], [], set()
    for entry in of("wrong", stage):
        result = grade(bank.build(entry, tmp_path / entry.slug), stage, "hidden")
        if result.points >= result.max_points:
            accepted.append(entry.slug)
        elif not result.diagnosis or any(code in result.diagnosis for code in CODE):
            unreadable.append((entry.slug, result.diagnosis))
        caught |= {test.name for test in result.tests if test.outcome != "passed"}
    tests = {test.name for test in result.tests}
    assert (accepted, unreadable, tests - caught) == ([], [], set())


def test_right_entries_get_full_marks(stage, tmp_path):
    rejected = []
    for entry in of("right", stage):
        submission = bank.build(entry, tmp_path / entry.slug)
        for suite in ("hidden", "visible"):
            result = grade(submission, stage, suite)
            if result.points < result.max_points:
                rejected.append((entry.slug, suite, result.diagnosis))
    assert rejected == []
