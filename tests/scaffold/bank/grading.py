"""How an entry of the bank is graded, and what counts as a mistake of the grader's.

An entry rewrites one stage. All stages of its module that it could touch are graded (see `reach.py`); no module of
`stages` imports another one, so the rest is the reference's, graded once. A right entry gets full marks everywhere. A
wrong one loses marks on its own stage, with a message that points at the mistake, and nowhere else, unless a stage that
calls it is `blocked`.

The verdict is the same whatever the seed, and the visible suite agrees: it accepts every right entry, and catches every
wrong one that does not say why only a hidden test can.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bank
from autograder import rubric
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.results import StageResult
from bank import reach

CODE = ("assert ", "Traceback", 'File "', "<frozen", "site-packages")  # what a student should not be shown
FALSE_REJECT = "false reject"
FALSE_ACCEPT = "false accept"
ELSEWHERE = "hits another stage"
MISLEADS = "misleads"
DIFFERS = "differs in isolation"
MOVES = "moves with the seed"
VISIBLY = "visible suite disagrees"
MISTAKEN = "diagnosed as another mistake"
UNDIAGNOSED = "not diagnosed"
INFRASTRUCTURE = "infrastructure"


@dataclass(frozen=True)
class Fault:
    """Something that the grader got wrong about an entry: the kind of mistake, and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Graded:
    """An entry with the results of all stages that it could touch, how long they took, and what is wrong with them.

    `visible` is the result of its own stage by the visible suite, if that was asked for.
    """

    entry: bank.Entry
    results: tuple[StageResult, ...]
    seconds: float
    faults: tuple[Fault, ...]
    visible: StageResult | None = None

    @property
    def own(self) -> StageResult:
        """The result of the stage that the entry rewrites."""
        return next(result for result in self.results if result.id == self.entry.stage)


def grade(
    entry: bank.Entry,
    stages: Sequence[Stage] | None = None,
    suite: runner.Suite = "hidden",
    thorough: bool = False,
    compare: bool = False,
    seeds: Sequence[int] = (),
    visible: bool = False,
    **options: Any,
) -> Graded:
    """Grades an entry.

    Args:
        entry: what to grade.
        stages: those to grade; None: all that it could touch.
        suite: by which suites.
        thorough: whether to grade all stages of the module instead.
        compare: whether to grade in this process's own workers, too, and to report where the verdicts differ.
        seeds: further ones, with which its own stage is graded in this process: the verdict must not move.
        visible: whether to grade its own stage by the visible suite, too, and to report where that is wrong.
        options: for `runner.run`, such as `workers`.
    """
    start = time.monotonic()
    chosen = reach.touched(entry, everything=thorough) if stages is None else stages
    with tempfile.TemporaryDirectory(prefix="bank-") as folder:
        submission = bank.build(entry, Path(folder) / "submission")
        results = runner.run(submission, chosen, suite, jobs=1, **options)
        faults = list(faults_of(entry, results))
        if compare:
            plain = runner.run(submission, chosen, suite, jobs=1, **(options | {"workers": None}))
            faults += differences(plain, results)
        own = [stage for stage in chosen if stage.id == entry.stage]
        first = [result for result in results if result.id == entry.stage]
        for seed in seeds:
            moved = runner.run(submission, own, suite, jobs=1, **(options | {"workers": None, "seed": seed}))
            faults += seed_faults(first, moved, seed)
        seen = runner.run(submission, own, "visible", jobs=1)[0] if visible else None
        faults += visible_faults(entry, seen) if seen is not None else []
    return Graded(entry, tuple(results), time.monotonic() - start, tuple(faults), seen)


def grade_all(entries: Sequence[bank.Entry], jobs: int, **options: Any) -> Iterator[Graded]:
    """Grades entries, `jobs` at a time, and yields each as it is done."""
    stop = threading.Event()

    def one(entry: bank.Entry) -> Graded | None:
        return None if stop.is_set() else grade(entry, **options)

    with ThreadPoolExecutor(jobs) as executor:
        try:
            for future in as_completed([executor.submit(one, entry) for entry in entries]):
                graded = future.result()
                if graded is not None:
                    yield graded
        finally:
            stop.set()


def faults_of(entry: bank.Entry, results: Sequence[StageResult]) -> Iterator[Fault]:
    """Yields what contradicts the entry's kind."""
    for result in results:
        lost = result.points < result.max_points
        said = f"{result.id} ({result.outcome}): {result.diagnosis}"
        if result.outcome == INFRASTRUCTURE:
            yield Fault(INFRASTRUCTURE, said)
        elif entry.kind == "right":
            if lost:
                yield Fault(FALSE_REJECT, said)
        elif result.id != entry.stage:
            if lost and not (result.outcome == "blocked" and entry.stage in calls(result.id)):
                yield Fault(ELSEWHERE, said)
        elif not lost:
            yield Fault(FALSE_ACCEPT, f"{result.id}: full marks although: {entry.description}")
        else:
            yield from _misleading(entry, result)


def calls(stage: str) -> set[str]:
    """Returns the ids of the stages that one calls, directly or through others."""
    found = set(rubric.get(stage).needs)
    return found.union(*(calls(need) for need in found))


def differences(first: Sequence[StageResult], second: Sequence[StageResult]) -> list[Fault]:
    """Returns the stages whose verdict is not the same: the outcome, the points or the outcome of a test."""
    return [
        Fault(DIFFERS, f"{a.id}: {_told(a, b)} in-process, {_told(b, a)} in isolation")
        for a, b in zip(first, second, strict=True)
        if _verdict(a) != _verdict(b)
    ]


def seed_faults(first: Sequence[StageResult], second: Sequence[StageResult], seed: int) -> list[Fault]:
    """Returns the stages in which not the same tests fail with another seed."""
    return [
        Fault(MOVES, f"{a.id}: with the seed {seed} {_told(b, a)}, before {_told(a, b)}")
        for a, b in zip(first, second, strict=True)
        if _failed(a) != _failed(b)
    ]


def visible_faults(entry: bank.Entry, result: StageResult) -> list[Fault]:
    """Returns what is wrong with the verdict of the visible suite."""
    if result.outcome == INFRASTRUCTURE:
        return [Fault(INFRASTRUCTURE, f"visible {result.id}: {result.diagnosis}")]
    if entry.kind == "right":
        return [] if result.passed else [Fault(VISIBLY, f"it rejects {result.id}: {result.diagnosis}")]
    if result.passed and not entry.hidden_only:
        return [Fault(VISIBLY, f"it gives full marks although: {entry.description}")]
    if entry.hidden_only and not result.passed:
        return [Fault(VISIBLY, "it catches what is said to be for hidden tests only")]
    return []


def _failed(result: StageResult) -> set[str]:
    return {test.name for test in result.tests if test.outcome != "passed"} or {result.outcome}


def _verdict(result: StageResult) -> tuple[Any, ...]:
    tests = {test.name: test.outcome for test in result.tests}
    return result.outcome, result.points, tests


def _told(result: StageResult, other: StageResult) -> str:
    outcomes = {test.name: test.outcome for test in other.tests}
    tests = [f"{test.name} {test.outcome}" for test in result.tests if test.outcome != outcomes.get(test.name)]
    return f"{result.outcome}, {result.points:g} points" + (f" ({', '.join(tests)})" if tests else "")


def _misleading(entry: bank.Entry, result: StageResult) -> Iterator[Fault]:
    code = [code for code in CODE if code in result.diagnosis]
    missing = [text for text in entry.points_at if text.lower() not in " ".join(result.diagnosis.lower().split())]
    if not result.diagnosis or code:
        yield Fault(MISLEADS, f"{result.id}: the message shows {code or 'nothing'}: {result.diagnosis}")
    elif missing:
        yield Fault(MISLEADS, f"{result.id}: the message does not say {missing}: {result.diagnosis}")
