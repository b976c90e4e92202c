"""How a suite meets a submission, for everything that grades: `run(submission, stages, suite)`.

Every stage gets a process of its own, in which pytest runs only that stage's tests (see `child`). It reports each
test as it ends; this side enforces the stage's time, keeps a bounded part of what it prints, and turns the reports into
a `StageResult`. A stage that hangs, crashes or floods takes nothing else down, and the tests that it finished count.

Where there is `fork`, the processes are forked from a warm one (see `forkserver`), so that torch is imported once.
Where there is none, or where AUTOGRADER_NO_FORK is set, fresh processes take a batch of stages each.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from autograder import rubric
from autograder.errors import UserError
from autograder.rubric import Stage
from autograder.runner.environment import BASE, DRIVER, ROOT, cores
from autograder.runner.errors import JudgeLostError, LostError
from autograder.runner.forkserver import JUDGES, Pool, Server
from autograder.runner.monitor import Record, Supply, attend, fork_child, spawn_child
from autograder.runner.results import StageResult, blocked, fatal_to_judges, infrastructure, stage_result

SUITES = {"visible": ROOT / "tests", "hidden": ROOT / "autograder" / "suites"}
Suite = Literal["visible", "hidden"]
TRIES = 3
_DIED = "The tests could not run: the process that runs them ended early, three times."


class Workers(Protocol):
    """Starts the supply of one submission's workers; it is `autograder.judge.workers` on the instructor's side."""

    @property
    def level(self) -> str:
        """The level of the sandbox."""

    def __call__(self, pool: Pool, submission: Path) -> AbstractContextManager[Supply]:
        """Returns the supply, whose workers come out of the pool's warm process."""


def run(
    submission: Path,
    stages: Sequence[Stage],
    suite: Suite,
    *,
    jobs: int | None = None,
    seed: int = 0,
    on_result: Callable[[StageResult], None] | None = None,
    suites: Path | None = None,
    fork: bool | None = None,
    workers: Workers | None = None,
) -> list[StageResult]:
    """Runs the suites of the stages against a submission.

    Args:
        submission: the folder that holds `stages/`.
        stages: those to run.
        suite: `visible` takes the tests of `tests/test_<module>.py` that are marked with the stage, `hidden` those of
            `autograder/suites/test_<stage>.py`.
        jobs: how many stages run at a time; None: as many as there are cores.
        seed: what the hidden suites draw their inputs from (GRADING_SEED).
        on_result: called in this thread as each stage ends, before `blocked` is decided.
        suites: another folder with the suite files.
        fork: whether to use warm processes; None: where possible.
        workers: for a hidden suite, what supplies the processes in which the submission runs, separate from the tests
            (`autograder.judge.workers.at`); None: it runs in the tests' own process.

    Returns:
        A result for each of `stages`, in their order.

    Raises:
        UserError: torch or pytest cannot be imported here, or the submission cannot run separately from the tests.
    """
    work = _Work(
        submission=Path(submission).resolve(),
        suite=suite,
        suites=Path(suites or SUITES[suite]).resolve(),
        seed=seed,
        jobs=jobs or cores(),
        fork=_can_fork() if fork is None else fork,
        workers=workers,
    )
    if workers is not None and not (work.fork and suite == "hidden"):
        raise UserError(
            "Only hidden suites run separately from the submission, and only where processes can be forked."
        )
    results = {}
    for result in _run_all(work, list(dict.fromkeys(stages))):
        results[result.id] = result
        if on_result is not None:
            on_result(result)
    known = {stage.id: stage for stage in (*rubric.STAGES, *stages)}
    failing = [known[result.id] for result in results.values() if not result.passed]
    needed = {known[need] for stage in failing for need in stage.needs if need in known and need not in results}
    others = {result.id: result for result in _run_all(work, [stage for stage in known.values() if stage in needed])}
    return [blocked(stage, results[stage.id], results | others) for stage in stages]


def prepare(isolated: bool = False) -> None:
    """Starts warm processes and returns at once: the next `run` finds torch imported, or nearly so.

    Args:
        isolated: whether that run will have `workers`.
    """
    if _can_fork() and isolated:
        _warm(pool().workers)
        _warm(pool().judges)
    elif _can_fork():
        pool().server().start()


def pool() -> Pool:
    """Returns the warm processes of this process. They end with it."""
    global _pool
    with _pool_lock:
        if _pool is None or _pool.pid != os.getpid():
            _pool = Pool()
            atexit.register(_pool.close)
        return _pool


_pool: Pool | None = None
_pool_lock = threading.Lock()


# Running ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What all stages of one run share."""

    submission: Path
    suite: Suite
    suites: Path
    seed: int
    jobs: int
    fork: bool
    workers: Workers | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def _run_all(work: _Work, stages: Sequence[Stage]) -> Iterator[StageResult]:
    """Runs the stages, `work.jobs` batches at a time, and yields each result as it comes."""
    if not stages:
        return
    heavy_last = sorted(stages, key=lambda stage: len(_imports(stage, work.suite)))
    if work.fork:
        for imports in dict.fromkeys(_imports(stage, work.suite) for stage in heavy_last if work.workers is None):
            _warm(partial(pool().server, imports))
        if work.workers is not None:
            prepare(isolated=True)
    count = len(stages) if work.fork and work.workers is None else min(work.jobs, len(stages))
    with ThreadPoolExecutor(work.jobs) as executor:
        batches = [heavy_last[start::count] for start in range(count)]  # the heavy ones are spread over them
        futures = [executor.submit(_run_batch, work, batch) for batch in batches]
        try:
            for future in as_completed(futures):
                yield from future.result()
        except BaseException:
            work.stop.set()
            for future in futures:
                future.cancel()
            raise


def _warm(server: Callable[[], Server]) -> None:
    """Starts a warm process ahead of its first request, in the background."""

    def start() -> None:
        with contextlib.suppress(LostError, UserError):  # they are raised again where it is needed
            server().start()

    threading.Thread(target=start, daemon=True).start()


def _run_batch(work: _Work, batch: list[Stage], control: bool = False) -> list[StageResult]:
    """Runs some stages in a child, and the rest in another one if it dies.

    Args:
        work: what the stages share.
        batch: the stages.
        control: whether this run only finds out if a judge survives them.
    """
    results: dict[str, StageResult] = {}
    left, losses, fatal = list(batch), 0, []
    level = work.workers.level if work.workers is not None else ""
    while left:
        try:
            with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder:
                records = _attended(work, left, _job(work, left, Path(folder).resolve()))
            if not records or not records[-1].end:
                raise LostError("the process that runs the tests died")
            results |= {record.stage.id: stage_result(record, level) for record in records}
            left, losses = left[len(records) :], 0
        except LostError as loss:
            losses += 1  # a warm process that failed is replaced, then its parent
            if losses < TRIES and not work.stop.is_set():
                continue
            if not isinstance(loss, JudgeLostError) or work.stop.is_set():
                results |= {stage.id: infrastructure(stage, f"The tests could not run: {loss}.") for stage in left}
                break
            fatal.append(left.pop(0))
            losses = 0
    judges = any(result.outcome != "infrastructure" for result in results.values()) or (
        not control and _judges_another(work, fatal)
    )
    results |= {stage.id: fatal_to_judges(stage) if judges else infrastructure(stage, _DIED) for stage in fatal}
    return [results[stage.id] for stage in batch]


def _judges_another(work: _Work, fatal: Sequence[Stage]) -> bool:
    """Whether a judge survives another stage of the same submission."""
    other = next((stage for stage in rubric.STAGES if [stage.id] != [one.id for one in fatal]), None)
    if len(fatal) != 1 or other is None:  # several were fatal, and no stage succeeded
        return False
    (result,) = _run_batch(work, [other], control=True)
    return result.outcome != "infrastructure"


def _attended(work: _Work, stages: list[Stage], job: dict[str, Any]) -> list[Record]:
    """Runs a job in a child and returns what it reported."""
    if not work.fork:
        return attend(spawn_child(job), stages, job, work.stop)
    if work.workers is None:
        server = pool().server(_imports(stages[0], work.suite))
        return attend(fork_child(server, job), stages, job, work.stop)
    with work.workers(pool(), work.submission) as supply:
        child = fork_child(pool().judges(), job | {"judge": True}, [supply.theirs])
        return attend(child, stages, job, work.stop, supply)


def _job(work: _Work, stages: Sequence[Stage], folder: Path) -> dict[str, Any]:
    def imports(stage: Stage) -> tuple[str, ...]:
        return JUDGES if work.workers is not None else _imports(stage, work.suite)

    return {
        **({"driver": DRIVER} if work.suite == "hidden" else {}),
        "submission": str(work.submission),
        "suites": str(work.suites),
        "suite": work.suite,
        "folder": str(folder),
        "seed": work.seed,
        "imports": list(dict.fromkeys([*BASE, *(name for stage in stages for name in imports(stage))])),
        "stages": [
            {
                "id": stage.id,
                "module": stage.module,
                "names": stage.required,
                "seconds": stage.seconds,
            }
            for stage in stages
        ],
    }


def _imports(stage: Stage, suite: Suite) -> tuple[str, ...]:
    """Returns what a warm process for this stage imports in addition to torch and pytest."""
    # An optimiser imports torch._dynamo at its first use: a second or two that each child would pay.
    hidden = (DRIVER, "torch._dynamo") if suite == "hidden" else ()
    views = ("torchvision", "kornia") if stage.torchvision else ()
    figures = ("matplotlib.pyplot",) if stage.module == "report" else ()
    return hidden + views + figures


def _can_fork() -> bool:
    return hasattr(os, "fork") and hasattr(socket, "send_fds") and not os.environ.get("AUTOGRADER_NO_FORK")
