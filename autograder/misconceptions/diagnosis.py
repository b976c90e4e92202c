"""Which known mistake a graded stage makes, if it is exactly one.

A table says which hidden tests each known program fails, whatever the seed. The programs that fail the same tests as a
submission are then graded like it, with its seed: where only programs of one mistake end with the same messages and the
same numbers, that is the submission's mistake. Otherwise nothing is said; a stage that passes is never diagnosed.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder import misconceptions, rubric
from autograder.misconceptions import table
from autograder.misconceptions.entries import Program, build, programs
from autograder.misconceptions.mistake import Mistake
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.fingerprint import Failure, alike, fingerprint
from autograder.runner.results import StageResult


def explained(results: Sequence[StageResult], seed: int, workers: runner.Workers | None) -> list[StageResult]:
    """Returns the results; a stage that makes one known mistake gets its id, and its sentence as the diagnosis.

    Args:
        results: of a submission, by the hidden suites.
        seed: what the hidden inputs were drawn from.
        workers: what the submission ran in; see `runner.run`.
    """
    key = (seed, workers.level if workers is not None else "")
    grader = _graders.setdefault(key, Grader(seed, workers))
    return [_explained(result, grader) for result in results]


def _explained(result: StageResult, grader: Grader) -> StageResult:
    found = mistake_of(result, grader)
    return result if found is None else replace(result, diagnosis=found.text, mistake=found.id)


def mistake_of(result: StageResult, grader: Grader) -> Mistake | None:
    """Returns the only known mistake whose programs end like this stage; None if there is none, or several."""
    seen = fingerprint(result)
    if not seen:
        return None
    failing = {failure.test for failure in seen}
    suspects = [
        program for program in programs(result.id) if table.hidden(result.id).get(program.slug, set()) == failing
    ]
    guilty = {program.mistake for program in suspects if alike(seen, grader.fingerprint(program))}
    return misconceptions.of(result.id).get(guilty.pop()) if len(guilty) == 1 else None


class Grader:
    """Grades known programs with one seed, each once.

    Args:
        seed: what the hidden inputs are drawn from.
        workers: see `runner.run`.
    """

    def __init__(self, seed: int, workers: runner.Workers | None):
        self._seed, self._workers = seed, workers
        self._lock = threading.Lock()
        self._found: dict[Path, tuple[Failure, ...]] = {}

    def fingerprint(self, program: Program) -> tuple[Failure, ...]:
        """Returns the fingerprint of a known program under this seed."""
        with self._lock:
            if program.path not in self._found:
                self._found[program.path] = fingerprint(grade(program, "hidden", self._seed, self._workers))
            return self._found[program.path]


_graders: dict[tuple[int, str], Grader] = {}


def grade(program: Program, suite: runner.Suite, seed: int = 0, workers: runner.Workers | None = None) -> StageResult:
    """Returns the result of a known program in its own stage; arguments as of `runner.run`."""
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        submission = build(program.stage, program.path, Path(folder).resolve() / "submission")
        stages = [_alone(program.stage)]
        (result,) = runner.run(submission, stages, suite, jobs=1, seed=seed, workers=workers)
    return result


def _alone(stage_id: str) -> Stage:
    """Returns the stage without those that it calls: they are the reference's."""
    return replace(rubric.get(stage_id), needs=())
