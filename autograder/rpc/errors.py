"""What can be wrong with an answer."""

from __future__ import annotations


class StudentError(Exception):
    """The submission's code failed.

    Attributes:
        outcome: `todo` for a stub, `memory` where it ran out of memory, `error` for any other exception.
        where: `stages/protonet.py, line 12` where the last frame of the submission was, or empty.
        kinds: the names of the exception's classes, such as `("ValueError", "Exception", …)`; empty if there was none.
    """

    def __init__(self, message: str, outcome: str = "error", where: str = "", kinds: tuple[str, ...] = ()):
        super().__init__(message)
        self.outcome = outcome
        self.where = where
        self.kinds = kinds


class MalformedError(ValueError):
    """A malformed message, or a value that cannot be sent."""
