"""Has the grade cell of a solved stage twice, and once more under the name of the unsolved one."""

STAGE = "nt_xent"
GAIN = "the same points twice"
KIND = "notebook"
REPORTED = "The cell `nt_xent` appeared 2 times"


def tamper(notebook):
    import copy

    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "grade-projection_head"]
    for name in ("projection_head", "nt_xent"):
        again = copy.deepcopy(cell)
        again["id"] = f"again-{name}"
        again["metadata"]["nbgrader"]["grade_id"] = name
        notebook["cells"].append(again)
