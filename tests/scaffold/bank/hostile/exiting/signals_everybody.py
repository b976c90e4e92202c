"""Sends a signal to every process that it may signal; it is the signal 0, which only asks whether it could."""

STAGE = "prototypes"
GAIN = "with SIGKILL in its place, the end of everything"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    for target in (-1, -os.getpgid(SIBLING), SIBLING):
        try:
            os.kill(target, 0)
        except OSError:
            continue
        leak(f"could signal {target}")
    raise RuntimeError("nobody hears it")
