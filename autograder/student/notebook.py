"""What a notebook's cells call: `grade("nt_xent")` in the locked cells, `check("nt_xent")` wherever a student likes.

Both run the stage's visible tests on the files in `stages/` next to the notebook, in processes of their own: the
notebook's kernel imports none of them, and is not affected if they hang or crash.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.errors import UserError
from autograder.runner.results import StageResult
from autograder.student import check as command
from autograder.student.handed_in import warnings
from autograder.text import number


def grade(stage_id: str, submission: str | Path = ".") -> float:
    """Checks a stage, says what is wrong with it, and returns its points.

    Args:
        stage_id: such as `nt_xent`.
        submission: the folder that holds stages/; by default that of the notebook.

    Returns:
        The points, a plain float: `max_points` times the fraction of the tests that passed.

    Raises:
        RuntimeError: the tests themselves could not run; that is not the student's mistake and must not count as zero.
    """
    result = _run(stage_id, submission)
    if result is None:
        return 0.0
    if result.outcome == "infrastructure":
        raise RuntimeError(result.diagnosis)
    return float(result.points)


def check(stage_id: str, submission: str | Path = ".") -> None:
    """Checks a stage and says what is wrong with it. Arguments as for `grade`."""
    _run(stage_id, submission)


def _run(stage_id: str, submission: str | Path) -> StageResult | None:
    """Runs the stage's visible tests and prints the outcome, or why they cannot run."""
    folder = Path(submission)
    try:
        stage = rubric.get(stage_id)
        if not (folder / "stages").is_dir():
            raise UserError(f"There is no folder stages/ in {folder.resolve()}. The notebook must lie next to it.")
        (result,), seen = command.run(folder, [stage])
    except UserError as error:
        print(error)
        return None
    state = command.STATES.get(result.outcome, result.outcome)
    print(f"{stage.id}: {state}, {number(result.points)} of {stage.points} points")
    if not result.passed:
        print()
        print(textwrap.indent(command.explain(result, folder, "run this cell again"), "  "))
    if found := warnings(seen, [result], [stage]):
        print()
        print(command.warn(found))
    return result


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext autograder.student.notebook`: a cell that calls an unwritten stage ends with its TODO alone."""

    def show(shell: Any, kind: type, error: BaseException, trace: Any, tb_offset: int | None = None) -> None:
        if str(error).startswith("TODO "):
            shell._showtraceback(kind, error, [str(error)])
        else:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NotImplementedError,), show)
