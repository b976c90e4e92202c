"""Has a regular expression backtrack for longer than the universe."""

STAGE = "prototypes"
GAIN = "a grader that waits"
OUTCOMES = ("timeout",)
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import re

    re.match(r"(a+)+$", "a" * 64 + "b")
    raise RuntimeError("done")
