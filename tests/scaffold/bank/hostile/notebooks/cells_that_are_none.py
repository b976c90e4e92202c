"""Hands in a notebook whose cells are numbers, texts and nulls, and whose metadata is a list."""

STAGE = "nt_xent"
GAIN = "an autograder that falls over, for the whole class"
KIND = "notebook"
REPORTED = ""


def tamper(notebook):
    notebook["cells"] += [1, None, "text", {"cell_type": []}, {"cell_type": "code", "source": 3, "metadata": []}]
    notebook["metadata"] = [1]
