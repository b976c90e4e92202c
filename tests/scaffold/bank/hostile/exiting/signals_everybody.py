"""Sends a signal to every process that it may signal; it is the signal 0, which only asks whether it could."""

STAGE = "prototypes"
GAIN = "with SIGKILL in its place, the end of everything"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    for find in (lambda: -1, lambda: SIBLING, lambda: -os.getpgid(SIBLING)):
        try:
            os.kill(find(), 0)
        except OSError:
            continue
        leak("could signal others")
    raise RuntimeError("nobody hears it")
