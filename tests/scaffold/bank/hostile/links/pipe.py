"""Hands in a named pipe in the place of a stage file: whoever reads it waits for a writer for ever."""

STAGE = "distances"
GAIN = "a grader that waits, and with it the class"
KIND = "folder"
OUTCOMES = ("error", "refused")
WITNESS = None


def plant(submission, ground):
    import os

    stage = submission / "stages" / "protonet.py"
    stage.unlink()
    os.mkfifo(stage)
