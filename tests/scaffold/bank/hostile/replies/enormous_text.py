"""Raises an error of 50 million characters and returns 60 000 small things."""

STAGE = "prototypes"
GAIN = "the grader's memory and disk, and a feedback page that no browser opens"
OUTCOMES = ("tampered", "error", "wrong", "memory", "crashed", "timeout")
SECONDS = 15.0


def compute_prototypes(support: Tensor) -> Tensor:
    if len(support) % 2:
        return [str(number) for number in range(60_000)]
    raise RuntimeError("A" * 50_000_000)
