"""Loops inside a single call of C, which looks at no signal until it returns."""

STAGE = "prototypes"
GAIN = "a timeout by signal or thread never gets its turn"
OUTCOMES = ("timeout",)
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import itertools

    sum(itertools.repeat(0))
