"""Hands in a notebook of 40 MB: one cell with one endless line."""

STAGE = "nt_xent"
GAIN = "an autograder without memory, and pages that no browser opens"
KIND = "notebook"
WITNESS = None
REPORTED = "was not read"


def tamper(notebook):
    notebook["cells"].append({"cell_type": "markdown", "id": "big", "metadata": {}, "source": "A" * (40 << 20)})
