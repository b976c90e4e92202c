"""Closes every descriptor that is not its own and opens others in their places."""

STAGE = "prototypes"
GAIN = "a judge that hangs, or reads from a file of the attacker's"
OUTCOMES = ("tampered", "crashed", "error", "timeout")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    os.closerange(3, 256)
    for _ in range(8):
        os.open("/dev/zero", os.O_RDWR)
    return torch.zeros(1)
