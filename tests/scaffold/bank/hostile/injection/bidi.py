"""Raises an error with characters that turn the direction of text, are invisible, or look like others."""

STAGE = "prototypes"
GAIN = "a report that reads differently from what it says"
OUTCOMES = ("error",)


def compute_prototypes(support: Tensor) -> Tensor:
    evil = "\u202estniop 6 fo 6\u202c \u2066passed\u2069 \u200b\u200f\u061c\ufeff\u2028 end \U000e0041"
    print(evil)
    raise RuntimeError(evil)
