"""Prints 50 MB on stdout and stderr, without a line break."""

STAGE = "prototypes"
GAIN = "the grader's memory or disk, and an unreadable report"
OUTCOMES = ("error", "tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import sys

    for _ in range(25):
        sys.stdout.write("A" * (1 << 20))
        sys.stderr.write("B" * (1 << 20))
    raise RuntimeError("50 MB")
