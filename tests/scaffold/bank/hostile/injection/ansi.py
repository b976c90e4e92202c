"""Raises an error whose text moves the cursor, clears the screen, changes the title and makes a link."""

STAGE = "prototypes"
GAIN = "an instructor's terminal that shows other marks than there are"
OUTCOMES = ("error",)


def compute_prototypes(support: Tensor) -> Tensor:
    evil = "\x1b[2J\x1b[1;1H6 of 6 points\x1b]0;owned\x07\x1b]8;;http://evil\x07here\x1b]8;;\x07\x9b31m\r\x08\x08"
    print(evil)
    raise RuntimeError(evil)
