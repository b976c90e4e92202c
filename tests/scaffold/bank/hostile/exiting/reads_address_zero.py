"""Reads the address 0: the process dies of a segmentation fault."""

STAGE = "prototypes"
GAIN = "a crash without a report"
OUTCOMES = ("crashed", "tampered")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes

    ctypes.string_at(0)
