"""Hands in a file that is no notebook: JSON, but of lists 100 000 deep."""

STAGE = "nt_xent"
GAIN = "an autograder that falls over, for the whole class"
KIND = "notebook"
REPORTED = "could not be read as a notebook"


def tamper(notebook):
    return b"[" * 100_000
