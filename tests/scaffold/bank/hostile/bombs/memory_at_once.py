"""Asks for four terabytes, and for a number with a billion digits."""

STAGE = "prototypes"
GAIN = "the machine's memory"
OUTCOMES = ("memory", "error", "crashed", "timeout")
SECONDS = 5.0


def compute_prototypes(support: Tensor) -> Tensor:
    return torch.ones(1 << 40)
