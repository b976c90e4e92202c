"""What ends a hidden test from outside. No test may catch these, so neither is an `Exception`."""

from __future__ import annotations


class EndedError(BaseException):
    """The worker can no longer be used, and the stage is over.

    Attributes:
        end: `timeout`, `crashed`, `memory`, `tampered` or `infrastructure`.
        status: the exit status of a crashed worker; negative for a signal.
        message: what to say, if `end` and `status` do not say it all.
    """

    def __init__(self, end: str, status: int = 0, message: str = ""):
        super().__init__(message or end)
        self.end, self.status, self.message = end, status, message


class TooSlowError(BaseException):
    """Comparing took too long."""
