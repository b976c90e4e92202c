"""Tags the grade cell so that nbgrader skips it and keeps the output that was handed in: full marks."""

STAGE = "nt_xent"
GAIN = "any score one likes, by stock nbgrader"
KIND = "notebook"
REPORTED = ""


def tamper(notebook):
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "grade-nt_xent"]
    cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    cell["outputs"] = [
        {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "12.0"}}
    ]
