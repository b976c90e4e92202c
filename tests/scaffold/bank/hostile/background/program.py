"""Starts a program in a session of its own that outlives the grading."""

STAGE = "prototypes"
GAIN = "a process on the instructor's machine, as long as it is on"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import subprocess
    import sys

    wait = "import time; time.sleep(30)"
    subprocess.Popen([sys.executable, "-S", "-c", wait, MARK], start_new_session=True)
    leak("a program")
