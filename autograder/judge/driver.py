"""Asks a submission on behalf of a hidden suite: in the tests' own process, or in a worker that the grader provides.

The runner's child imports this module by the name that its job gives, and calls `prepare` once and a `Driver` for each
stage. It is the only place on the judge's side that knows the worker's code, and only if both are one process.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from autograder.judge import bounds, client, proxy
from autograder.judge.errors import EndedError, TooSlowError
from autograder.rpc.errors import StudentError
from autograder.runner.environment import JUDGE


def prepare(job: dict[str, Any]) -> None:
    """Limits this process before its first stage, if it is a judge."""
    if "judge" in job:
        bounds.bound_memory()


class Driver:
    """Asks a submission about one stage.

    Args:
        job: `submission`, the folder that holds `stages/`; `judge`, if it runs in a worker.
        stage: `module` and `names`.
    """

    def __init__(self, job: dict[str, Any], stage: dict[str, Any]):
        self._submission, self._stage = Path(job["submission"]), stage
        self._clock = bounds.Clock() if "judge" in job else None
        self._workbench: Any = None
        self._ended: EndedError | None = None

    @property
    def ended(self) -> dict[str, Any] | None:
        """How the worker ended, as `end`, `status` and `message`; None while it can be asked."""
        ended = self._ended or getattr(self._workbench, "ended", None)
        return {"end": ended.end, "status": ended.status, "message": ended.message} if ended else None

    def connect(self) -> tuple[str, str]:
        """Finds the submission's workbench and has it import the stage's module.

        Returns:
            The outcome and the message if that fails because of the submission, else two empty texts.
        """
        try:
            self._workbench = self._found()
            proxy.connect(self._workbench)
            self._workbench.open(self._stage["module"], list(self._stage["names"]))
        except StudentError as error:
            return error.outcome, str(error).strip()
        except EndedError as ended:
            self._ended = ended
        return "", ""

    def test(self) -> contextlib.AbstractContextManager[None]:
        """Returns the context that a test runs in: against the clock, if this process is a judge."""
        return self._clock.test() if self._clock is not None else contextlib.nullcontext()

    def describe(self, error: BaseException) -> tuple[str, str] | None:
        """Returns the outcome and the message of an exception that is this side's own."""
        if isinstance(error, StudentError):
            return error.outcome, str(error).strip()
        if isinstance(error, TooSlowError):
            return "error", "The answer could not be compared in time. Does it have the size asked for?"
        return None

    def part(self) -> list[dict[str, str]]:
        """Returns what the worker's alarm has noticed, and releases the worker."""
        if self._clock is None or self._workbench is None:
            return []
        flags: list[dict[str, str]] = self._workbench.flags()
        self._workbench.close()
        return flags

    def _found(self) -> Any:
        if self._clock is not None:
            return client.given_by(JUDGE, held=self._clock.held)
        from autograder.worker.executor import Workbench

        return Workbench(self._submission)
