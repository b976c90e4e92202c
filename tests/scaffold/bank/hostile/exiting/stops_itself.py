"""Sends SIGSTOP to its own process: it neither ends nor answers nor uses time."""

STAGE = "prototypes"
GAIN = "a grader that waits for ever"
OUTCOMES = ("timeout", "tampered")
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSTOP)
    raise RuntimeError("it did not stop")
