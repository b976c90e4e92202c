"""Returns a list in a list, 100 000 deep, and a dict that contains itself."""

STAGE = "prototypes"
GAIN = "a reader that overflows its stack"
OUTCOMES = ("tampered", "error", "wrong", "crashed", "timeout")
SECONDS = 10.0


def compute_prototypes(support: Tensor) -> Tensor:
    if len(support) % 2:
        itself = {}
        itself["again"] = itself
        return itself
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested
