"""Writes through the grader's own functions, if they can be found: each answer leaves twice."""

STAGE = "prototypes"
GAIN = "a forged second answer that is read as the answer to the next question"
OUTCOMES = ("tampered", "crashed", "error", "wrong", "timeout")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    write, writev = os.write, getattr(os, "writev", None)
    os.write = lambda descriptor, data: write(descriptor, data) and write(descriptor, data)
    if writev is not None:
        os.writev = lambda descriptor, parts: writev(descriptor, parts) and writev(descriptor, parts)
    raise RuntimeError("everything twice")
