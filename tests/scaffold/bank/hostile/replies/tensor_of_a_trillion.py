"""Returns a tensor that takes 4 bytes here and 4 terabytes as soon as somebody copies it."""

STAGE = "prototypes"
GAIN = "the memory of whoever unpacks it"
OUTCOMES = ("tampered", "error", "memory", "wrong", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    return torch.zeros(1).expand(1_000_000, 1_000_000)
