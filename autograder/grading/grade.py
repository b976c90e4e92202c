"""The result of grading one submission: a record, the same for the class's results, the store and nbgrader.

    {"seed": …, "isolation": level, "points": …, "max_points": …, "stages": {id: {"points", "max_points", "outcome",
     "tests": [{"name", "outcome", "message"}], "diagnosis", "mistake", "flags": […]}}}

Points that nobody can know yet are None: where nothing to grade was handed in (`refused`) or the grader failed
(`infrastructure`), and in every sum over such a stage. All text is plain: no control characters, of bounded length.
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import rubric, sandbox
from autograder.errors import UserError
from autograder.judge import workers
from autograder.misconceptions import diagnosis
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.results import StageResult, infrastructure
from autograder.submissions.allowlist import Handed
from autograder.text import plain, plain_line

NONE = "none"  # the isolation of a submission that ran in the tests' process
MAX_MESSAGE = 4000
FAULT = "infrastructure"
REFUSED = "refused"
BLANK = (FAULT, REFUSED)  # outcomes without points


def level(required: str | None = None, exactly: str | None = None) -> str:
    """Returns the level of isolation to grade at.

    Args:
        required: the weakest that will do.
        exactly: this level, to try it out.

    Raises:
        UserError: there is no such level here.
    """
    if not hasattr(os, "fork"):
        if required or exactly:
            raise UserError("Submissions can be isolated only where processes can be forked: on Linux and macOS.")
        return NONE
    strongest = sandbox.best(required).level
    for rung in sandbox.probe():
        if rung.level == exactly and not rung.available:
            raise UserError(f"The level {exactly!r} is not available here. {rung.reason}")
    return exactly or strongest


def rank(isolation: str) -> int:
    """Returns how strong a level is; -1 for an unknown one."""
    return (NONE, *sandbox.LEVELS).index(isolation) if isolation in (NONE, *sandbox.LEVELS) else -1


def grade(handed: Handed, stages: Sequence[Stage], seed: int, isolation: str, jobs: int | None = 1) -> dict[str, Any]:
    """Grades a private copy of what was handed in and returns the record.

    Args:
        handed: the submission.
        stages: those to grade.
        seed: what the hidden inputs are drawn from.
        isolation: the level at which its code runs.
        jobs: how many stages at a time; None: as many as there are cores.

    Raises:
        UserError: nothing can run here.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder:
        submission = handed.write(Path(folder).resolve() / "submission")
        try:
            results = _run(submission, stages, seed, isolation, jobs)
        except UserError:
            raise
        except Exception as error:  # the grader's own fault, for which no student pays
            return fault(stages, seed, isolation, f"{type(error).__name__}: {error}")
    with contextlib.suppress(Exception):  # the marks stand without it, and the tests' messages, too
        results = diagnosis.explained(results, seed, _workers(isolation))
    return record(results, seed, isolation)


def _run(submission: Path, stages: Sequence[Stage], seed: int, isolation: str, jobs: int | None) -> list[StageResult]:
    return runner.run(submission, stages, "hidden", jobs=jobs, seed=seed, workers=_workers(isolation))


def _workers(isolation: str) -> workers.Isolated | None:
    return workers.at(None if isolation == NONE else isolation)


def record(results: Sequence[StageResult], seed: int | None, isolation: str) -> dict[str, Any]:
    """Returns the record of these results."""
    stages = {
        result.id: {
            "points": None if result.outcome in BLANK else result.points,
            "max_points": result.max_points,
            "outcome": result.outcome,
            "tests": [
                {"name": test.name, "outcome": test.outcome, "message": plain(test.message, MAX_MESSAGE)}
                for test in result.tests
            ],
            "diagnosis": plain(result.diagnosis, MAX_MESSAGE),
            "mistake": result.mistake,
            "flags": [plain_line(flag, 300) for flag in result.flags],
        }
        for result in results
    }
    return _summed(stages, seed, isolation)


def refused(reason: str, stages: Sequence[Stage], seed: int | None) -> dict[str, Any]:
    """Returns the record of a submission that was refused: no points, and the reason."""
    text = f"The submission was refused. {reason}"
    results = [StageResult(stage.id, 0.0, stage.points, REFUSED, (), text) for stage in stages]
    return record(results, seed, "") | {"refused": reason}


def fault(stages: Sequence[Stage], seed: int, isolation: str, message: str) -> dict[str, Any]:
    """Returns the record of a submission that could not be graded, which is the grader's own fault."""
    return record([infrastructure(stage, message) for stage in stages], seed, isolation)


def faults(graded: dict[str, Any]) -> list[str]:
    """Returns the ids of the stages that could not be graded."""
    return [stage_id for stage_id, stage in graded["stages"].items() if stage["outcome"] == FAULT]


def merged(new: dict[str, Any], kept: dict[str, Any] | None, stages: Sequence[Stage]) -> dict[str, Any]:
    """Returns the record of these stages: new results, and kept ones for the rest. It names the weaker isolation."""
    if kept is None:
        return new
    found = kept["stages"] | new["stages"]
    isolation = min(new["isolation"], kept["isolation"], key=rank)
    return _summed({stage.id: found[stage.id] for stage in stages if stage.id in found}, new["seed"], isolation)


def checked(graded: Any, stages: Sequence[Stage]) -> dict[str, Any]:
    """Returns the record reduced to these stages, if each has a score that may be recorded.

    Raises:
        UserError: a stage is missing, its points are not a finite number, or the grader was at fault.
    """
    found = graded.get("stages", {}) if isinstance(graded, dict) else {}
    chosen = {}
    for stage in stages:
        item = found.get(stage.id)
        if not isinstance(item, dict):
            raise UserError(f"The grader has no result for the stage {stage.id}.")
        if item["outcome"] == FAULT:
            raise UserError(
                f"The grader failed on the stage {stage.id}, which is not the student's fault: grade again."
            )
        points = item["points"]
        if isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points):
            raise UserError(f"The grader gave {points!r} points for the stage {stage.id}.")
        chosen[stage.id] = item | {"points": round(min(max(float(points), 0.0), float(stage.points)), 2)}
    return _summed(chosen, graded.get("seed"), str(graded.get("isolation", NONE)))


def _summed(stages: dict[str, dict[str, Any]], seed: Any, isolation: str) -> dict[str, Any]:
    points = [stage["points"] for stage in stages.values()]
    return {
        "seed": seed,
        "isolation": isolation,
        "points": None if None in points else round(sum(points), 2),
        "max_points": sum(rubric.get(stage_id).points for stage_id in stages),
        "stages": stages,
    }
