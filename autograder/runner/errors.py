"""The grader's own processes may die; whoever used them starts them again."""

from __future__ import annotations


class LostError(Exception):
    """One of the grader's own processes died."""


class JudgeLostError(LostError):
    """A judge ended unexpectedly; a submission may be the cause."""
