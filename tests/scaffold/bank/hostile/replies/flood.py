"""Floods every open descriptor with up to 64 MB, so that the reader runs out of memory or patience."""

STAGE = "prototypes"
GAIN = "the grader's memory, and with it everybody's marks"
OUTCOMES = ("tampered", "crashed", "error", "timeout", "memory")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    for descriptor in range(3, 64):
        for _ in range(64):
            try:
                os.write(descriptor, b"\xff" * (1 << 20))
            except OSError:
                break
    raise RuntimeError("nobody reads")
