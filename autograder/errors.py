"""The exceptions that stand for a mistake made by the user."""

from __future__ import annotations


class UserError(Exception):
    """Its text is the sentence the user sees (what was given, what was expected, what to do); the exit status is 2."""


class UnknownStageError(UserError):
    """A stage id that the rubric does not have."""
