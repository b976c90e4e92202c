"""Lifts the limit of recursion and calls itself until the stack of the process is used up."""

STAGE = "prototypes"
GAIN = "a crash, deep in the interpreter"
OUTCOMES = ("crashed", "error", "memory", "tampered")


def compute_prototypes(support: Tensor) -> Tensor:
    import sys

    sys.setrecursionlimit(10**9)

    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    return Deep().a
