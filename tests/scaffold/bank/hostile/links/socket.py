"""Hands in a socket and a folder in the places of stage files."""

STAGE = "distances"
GAIN = "a grader that falls over"
KIND = "folder"
OUTCOMES = ("error", "refused")
WITNESS = None


def plant(submission, ground):
    import os
    import socket

    stage = submission / "stages" / "protonet.py"
    stage.unlink()
    here = os.open(stage.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{here}/protonet.py")  # a socket's own path may not be long
    os.close(here)
    (submission / "stages" / "report.py").unlink()
    (submission / "stages" / "report.py").mkdir()
