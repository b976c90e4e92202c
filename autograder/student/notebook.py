"""What a notebook's cells call: `grade("nt_xent")` in the locked cells, `check("nt_xent")` wherever a student likes.

Both show a small table with the state, the points and the diagnosis; outside a notebook they print it as text.

Both run the stage's visible tests on the files in `stages/` next to the notebook, in processes of their own: the
notebook's kernel imports none of them, and is not affected if they hang or crash.
"""

from __future__ import annotations

import html
import itertools
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.advice import Finding
from autograder.errors import UserError
from autograder.runner.results import StageResult
from autograder.student import check as command
from autograder.student.handed_in import warnings
from autograder.text import number

AGAIN = "run this cell again"
_TITLE = "caption-side: top; padding: 0.3em 0; text-align: left; white-space: nowrap; font-weight: bold; color: inherit"
_LABEL = "text-align: left; vertical-align: top; white-space: nowrap; font-weight: normal"
_TEXT = "text-align: left; vertical-align: top; max-width: 60em; overflow-wrap: anywhere"
_PRE = (
    "margin: 0; padding: 0; white-space: pre-wrap; background: none; color: inherit; "
    "font-family: var(--jp-code-font-family, monospace)"
)


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
    """Runs the stage's visible tests and shows the outcome, or says why they cannot run."""
    folder = Path(submission)
    try:
        stage = rubric.get(stage_id)
        if not (folder / "stages").is_dir():
            raise UserError(f"There is no folder stages/ in {folder.resolve()}. The notebook must lie next to it.")
        (result,), seen = command.run(folder, [stage])
    except UserError as error:
        print(error)
        return None
    report = Report(result, folder, warnings(seen, [result], [stage]))
    if _shell() is None:
        print(report)
    else:
        from IPython.display import display

        display(report)  # type: ignore[no-untyped-call]
    return result


def _shell() -> Any:
    """Returns the IPython shell that this code runs in; None if it runs in none, without importing IPython."""
    ipython = sys.modules.get("IPython")
    return ipython and ipython.get_ipython()


class Report:
    """What a student is told about a checked stage: a table in a notebook, lines everywhere else.

    Args:
        result: the stage's.
        submission: the folder that was checked.
        found: what the grader does not have or allow.
    """

    def __init__(self, result: StageResult, submission: Path, found: Sequence[Finding] = ()):
        self._stage = rubric.get(result.id)
        self._result, self._submission, self._found = result, submission, found
        self._state = command.STATES.get(result.outcome, result.outcome)
        self._points = f"{number(result.points)} of {self._stage.points}"

    def __str__(self) -> str:
        blocks = [f"{self._stage.id}: {self._state}, {self._points} points"]
        if not self._result.passed:
            blocks.append(textwrap.indent(command.explain(self._result, self._submission, AGAIN), "  "))
        if self._found:
            blocks.append(command.warn(self._found))
        return "\n\n".join(blocks)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """IPython's form for terminals, and for readers of a notebook that show no HTML."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """IPython's form for notebooks. It has no colours of its own, so that it suits light and dark pages."""
        rows = [("state", _line(self._state)), ("points", _line(self._points))]
        if not self._result.passed:
            told = command.explanation(self._result, self._submission, AGAIN)
            rows.append(("diagnosis" if self._result.mistake else "message", _lines(told.diagnosis)))
            if told.printed:
                rows.append(("printed", _verbatim("\n".join(told.printed))))
            rows += [(label, _line(" ".join(text.split("\n")))) for label, text in told.rows]
        if self._found:
            rows.append(("warning", _lines(command.warn(self._found).removeprefix("warning "))))
        body = "".join(
            f'<tr><th scope="row" style="{_LABEL}">{label}</th><td style="{_TEXT}">{cell}</td></tr>'
            for label, cell in rows
        )
        title = f"{_line(self._stage.id)}: {_line(self._stage.title)}"
        # The class keeps MathJax away: a message may contain dollars.
        return (
            f'<table class="autograder-check tex2jax_ignore" style="margin: 0">'
            f'<caption style="{_TITLE}">{title}</caption><tbody>{body}</tbody></table>'
        )


def _line(text: str) -> str:
    """Returns a text as HTML, with what is between backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def _lines(text: str) -> str:
    """Returns a text of several lines as HTML; indented lines keep their columns."""
    groups = itertools.groupby(text.splitlines(), key=lambda line: line.startswith("  "))
    return "".join(
        _verbatim("\n".join(lines)) if indented else f"<div>{'<br>'.join(map(_line, lines))}</div>"
        for indented, lines in groups
    )


def _verbatim(text: str) -> str:
    return f'<pre style="{_PRE}">{html.escape(text)}</pre>'


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext autograder.student.notebook`: a cell that calls an unwritten stage ends with its TODO alone."""

    def show(shell: Any, kind: type, error: BaseException, trace: Any, tb_offset: int | None = None) -> None:
        if str(error).startswith("TODO "):
            shell._showtraceback(kind, error, [str(error)])
        else:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((NotImplementedError,), show)
