"""Grades a class, a few submissions at a time, and keeps each result as soon as it is there.

The memory for a submission is freed when it is done: `Done` holds only what tables show, and the records are read back
from the store one by one. So a class of any size needs no more memory than its workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from autograder.grading import grade
from autograder.grading.results_store import Store, key
from autograder.rubric import Stage
from autograder.submissions import discovery
from autograder.submissions.allowlist import Handed, RefusedError
from autograder.submissions.discovery import Submission

GRADE = Callable[[Handed, Sequence[Stage], int, str, int], dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """How a class is graded.

    Attributes:
        stages: the stages.
        seed: what the hidden inputs are drawn from.
        isolation: the level at which submissions run.
        store: keeps the results.
        accepts: says whether the level of a kept result is acceptable.
        since: the time of the oldest acceptable kept result, in nanoseconds.
        again: ids of the stages to which `since` applies; None: all.
        grade: grades one submission, some stages at a time.
    """

    stages: Sequence[Stage]
    seed: int
    isolation: str
    store: Store
    accepts: Callable[[str], bool] = field(default=lambda isolation: True)
    since: int = 0
    again: Collection[str] | None = None
    grade: GRADE = grade.grade


@dataclass(frozen=True)
class Done:
    """A submission that needs no more work.

    Attributes:
        submission: which.
        key: that of its result in the store; empty if there is none.
        result: a result that the store does not keep: of a refused submission, or of one on which the grader failed.
        ignored: names of files that were not read.
        near: sentences about modules that are missing although files with similar names are there.
        kept: whether it was graded earlier.
        seconds: how long it took.
        isolation: the level at which it was graded.
        points: what it earned.
        max_points: what it could have earned.
    """

    submission: Submission
    key: str = ""
    result: dict[str, Any] | None = None
    ignored: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    kept: bool = False
    seconds: float = 0.0
    isolation: str = grade.NONE
    points: float | None = None
    max_points: float = 0.0

    @property
    def refused(self) -> str:
        """Why it was not graded."""
        return str(self.result.get("refused", "")) if self.result else ""

    @property
    def faulty(self) -> bool:
        """Whether the grader failed on it."""
        return self.result is not None and bool(grade.faults(self.result))


@dataclass(frozen=True)
class Entry:
    """A submission with its whole record."""

    done: Done
    record: dict[str, Any]


def run(
    submissions: Sequence[Submission], plan: Plan, workers: int, on_done: Callable[[Done], None] = lambda done: None
) -> list[Done]:
    """Grades the submissions, and at the end once more those on which the grader failed.

    Args:
        submissions: the class.
        plan: how.
        workers: how many at a time.
        on_done: called in this thread as each one ends; if the grader failed, only once it has failed again.

    Returns:
        One for each submission, in their order.

    Raises:
        UserError: nothing can be graded here, or results cannot be kept. What has been kept stays.
    """
    done: dict[int, Done] = {}
    for last in (False, True):
        left = [number for number in range(len(submissions)) if number not in done or (last and done[number].faulty)]
        for number, item in _round([(number, submissions[number]) for number in left], plan, workers):
            done[number] = item
            if last or not item.faulty:
                on_done(item)
    return [done[number] for number in range(len(submissions))]


def entries(items: Iterable[Done], plan: Plan) -> Iterator[Entry]:
    """Yields the whole records, one at a time."""
    for done in items:
        record = done.result or plan.store.load(done.key, plan.stages, seed=plan.seed, accepts=plan.accepts)
        if record is None:  # somebody deleted it in the meantime
            record = grade.fault(plan.stages, plan.seed, plan.isolation, "The kept result is gone; grade again.")
        yield Entry(done, record)


def _round(todo: Sequence[tuple[int, Submission]], plan: Plan, workers: int) -> Iterator[tuple[int, Done]]:
    executor = ThreadPoolExecutor(max(1, workers), thread_name_prefix="grade")
    futures = {}
    for left, (number, submission) in zip(range(len(todo), 0, -1), todo, strict=True):
        jobs = max(1, workers // left)  # the last submissions may use the idle workers
        futures[executor.submit(_one, submission, plan, jobs)] = number
    waiting = set(futures)
    wait_for_the_rest = True
    try:
        while waiting:
            ready, waiting = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)  # short, so that Ctrl-C is heard
            for future in ready:
                yield futures[future], future.result()
    except (KeyboardInterrupt, GeneratorExit):
        wait_for_the_rest = False
        raise
    finally:
        executor.shutdown(wait=wait_for_the_rest, cancel_futures=True)


def _one(submission: Submission, plan: Plan, jobs: int) -> Done:
    """Reads, looks up or grades, and keeps one submission."""
    start = time.monotonic()
    try:
        if submission.refused:
            raise RefusedError(submission.refused)
        handed = discovery.read(submission.path)
    except RefusedError as error:
        result = grade.refused(str(error), plan.stages, plan.seed)
        return _done(submission, start, result, result=result)
    except OSError as error:  # a failing disk or network drive is not the student's fault
        result = grade.fault(plan.stages, plan.seed, plan.isolation, f"The submission could not be read: {error}.")
        return _done(submission, start, result, result=result)
    about = {"ignored": handed.ignored, "near": handed.near}
    name = key(handed)
    known = plan.store.known(
        name, plan.stages, seed=plan.seed, accepts=plan.accepts, since=plan.since, again=plan.again
    )
    missing = [stage for stage in plan.stages if known is None or stage.id not in known["stages"]]
    if known is not None and not missing:
        return _done(submission, start, known, key=name, kept=True, **about)
    result = grade.merged(plan.grade(handed, missing, plan.seed, plan.isolation, jobs), known, plan.stages)
    if grade.faults(result):
        return _done(submission, start, result, result=result, **about)
    plan.store.save(name, plan.stages, result)
    return _done(submission, start, result, key=name, **about)


def _done(submission: Submission, start: float, record: dict[str, Any], **rest: Any) -> Done:
    seconds = time.monotonic() - start
    sums = {name: record[name] for name in ("isolation", "points", "max_points")}
    return Done(submission, seconds=seconds, **sums, **rest)
