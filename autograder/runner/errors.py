"""The grader's own processes may go away; whoever asked them starts them again."""

from __future__ import annotations


class LostError(Exception):
    """A process of the grader's own went away."""


class JudgeLostError(LostError):
    """A judge ended by itself; a submission may be behind it."""
