"""Hands in a link to the reference solution in the place of a stage file."""

STAGE = "distances"
GAIN = "full marks with the teacher's code"
KIND = "folder"
OUTCOMES = ("error", "refused")
WITNESS = None


def plant(submission, ground):
    stage = submission / "stages" / "protonet.py"
    stage.unlink()
    stage.symlink_to(ground.solution)
