"""Changes the grade cell's code, lock, checksum and points, and adds two results of its own."""

STAGE = "nt_xent"
GAIN = "1000 points"
KIND = "notebook"
REPORTED = "The locked cell `nt_xent` was changed"


def tamper(notebook):
    (cell,) = [cell for cell in notebook["cells"] if cell["id"] == "grade-nt_xent"]
    cell["source"] = "1000.0"
    cell["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "checksum": "forged", "solution": True}
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "1000.0"}}
    cell["outputs"] = [result, result]
