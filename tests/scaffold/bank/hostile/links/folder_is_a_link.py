"""Hands in a link to a neighbour's folder in the place of `stages`."""

STAGE = "distances"
GAIN = "the neighbour's marks"
KIND = "folder"
OUTCOMES = ("error", "refused")
WITNESS = None


def plant(submission, ground):
    (submission / "stages").rename(submission / "old")
    (submission / "stages").symlink_to(ground.neighbour / "stages", target_is_directory=True)
