"""How a run ends early: by a mistake that the user can fix, or because the user asked it to stop."""

from __future__ import annotations


class Mistake(Exception):
    """A user's mistake; its text is the one sentence to print (what was given, what to do); exit status 2."""


class Interrupted(Exception):
    """Ctrl-C, after the checkpoint was written; its text says how to resume; exit status 130."""
