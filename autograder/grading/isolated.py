"""The grader's side of a worker: its private copy of the submission, its pipes, its end.

grader ── forks, through a warm process ──> judge: pytest, the hidden suite, oracles, the secret seed
   └───── forks, through another one ────> worker: the sandbox, the submission; knows nothing
                                               judge <── pipes ──> worker
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading import intake, sandbox
from autograder.rubric import Stage
from autograder.runner_process import MAX_OUTPUT
from autograder.runner_warm import JUDGE, Pool

GRACE = 100.0  # seconds that a judge has beyond its stage's: to start both, and to compare
CALLS = 0.5  # the part of a stage's time that a single call may take


@dataclass(frozen=True)
class Worker:
    """A running worker.

    Attributes:
        judge: the arguments of the judge's `RemoteWorkbench`.
        descriptors: what to hand over to the judge.
        printed: what the submission has printed, its first part.
    """

    judge: dict[str, Any]
    descriptors: list[int]
    printed: bytearray = field(default_factory=bytearray)


@contextlib.contextmanager
def worker(pool: Pool, level: str, stage: Stage, job: dict[str, Any]) -> Iterator[Worker]:
    """Starts a worker for one stage, and ends it with all that it started.

    Args:
        pool: has the warm process that forks it.
        level: of the sandbox.
        stage: what will be asked.
        job: that of the judge; its `submission` becomes the path of the worker's private copy, and its `folder` a
            folder that the worker does not see, where the trace of a crash is left.
    """
    if level not in sandbox.LEVELS:
        raise UserError(f"There is no isolation level {level!r}; choose one of {', '.join(sandbox.LEVELS)}.")
    with (
        tempfile.TemporaryDirectory(prefix="worker-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as open_,
    ):
        home = Path(name).resolve()
        home.chmod(0o711)  # a worker may have another user's rights
        copy, scratch = home / "submission", home / "scratch"
        intake.read_folder(Path(job["submission"])).write(copy)
        scratch.mkdir()
        job["submission"] = str(copy)
        ends = _Descriptors()
        open_.callback(ends.close)
        trace = ends.add(os.open(Path(job["folder"]) / "trace.txt", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        ask_out, ask_in = ends.pipe()
        answer_out, answer_in = ends.pipe()
        alarm_out, alarm_in = ends.pipe()
        end_out, end_in = ends.pipe()
        output_out, output_in = ends.pipe()

        limits = vars(sandbox.Limits())
        request = {"submission": str(copy), "scratch": str(scratch), "level": level, "limits": limits}
        server = pool.workers()
        pid = server.fork({"worker": request}, end_in, output_in, ask_out, answer_in, alarm_in, trace)
        open_.callback(server.kill, pid)
        ends.close(end_in, output_in, ask_out, answer_in, alarm_in, trace)
        judge = {
            "descriptors": JUDGE,
            "pid": pid,
            "scratch": str(scratch),
            "limits": limits,
            "seconds": stage.seconds,
            "call_seconds": CALLS * stage.seconds,
        }
        found = Worker(judge, [ask_in, answer_out, alarm_out, end_out])
        drain = threading.Thread(target=_drain, args=(os.dup(output_out), found.printed), daemon=True)
        drain.start()
        yield found
        server.kill(pid)
        drain.join(1)


class _Descriptors:
    """Open descriptors, closed once each."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def add(self, descriptor: int) -> int:
        self._open.add(descriptor)
        return descriptor

    def pipe(self) -> tuple[int, int]:
        out, into = os.pipe()
        return self.add(out), self.add(into)

    def close(self, *descriptors: int) -> None:
        """Closes these, or all."""
        for descriptor in set(descriptors or self._open) & self._open:
            self._open.discard(descriptor)
            os.close(descriptor)


def _drain(descriptor: int, printed: bytearray) -> None:
    """Takes what is printed, so that nobody waits for a full pipe, and keeps the first part."""
    with os.fdopen(descriptor, "rb") as output:
        while data := output.read1(65536):
            printed += data[: MAX_OUTPUT - len(printed)]
