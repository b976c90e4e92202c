"""Kills a process of the same user whose number it knows, and its own process group."""

STAGE = "prototypes"
GAIN = "the neighbour's worker dies, and the neighbour has no marks"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import signal

    os.kill(SIBLING, signal.SIGKILL)
    print("LOOT it is gone", flush=True)
    raise RuntimeError("the sibling lives")
