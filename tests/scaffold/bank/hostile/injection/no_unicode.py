"""Raises an error with half characters and bytes that are no text, which cannot be written to a file as UTF-8."""

STAGE = "prototypes"
GAIN = "a grader that falls over while it saves the results"
OUTCOMES = ("error",)


def compute_prototypes(support: Tensor) -> Tensor:
    import sys

    sys.stdout.buffer.write(b"\xff\xfe\x00\xed\xa0\x80\n")
    raise RuntimeError("\ud800 half a character, \udfff another, \x00 a zero")
