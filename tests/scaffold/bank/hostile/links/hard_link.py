"""Hands in a hard link to a neighbour's file, which looks like any other file."""

STAGE = "distances"
GAIN = "the neighbour's marks"
KIND = "folder"
OUTCOMES = ("error", "refused")
WITNESS = None


def plant(submission, ground):
    import os

    stage = submission / "stages" / "protonet.py"
    stage.unlink()
    os.link(ground.neighbour / "stages" / "protonet.py", stage)
