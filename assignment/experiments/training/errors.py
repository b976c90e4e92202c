"""How a run ends early: by a mistake the user can mend, or because the user asked it to stop."""

from __future__ import annotations


class Mistake(Exception):
    """A mistake of the user's; its text is the one sentence to print (what was given, what to do); exit status 2."""


class Interrupted(Exception):
    """Ctrl-C, after the checkpoint was written; its text says how to go on; exit status 130."""
