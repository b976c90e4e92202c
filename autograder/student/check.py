"""`autograder check`: runs the visible tests on a folder and prints the table of stages.

Below the table it explains the first stage that fails: what was expected, what came back, which mistake this usually
is, which test says so, and what to do next. The exit status is 0 only if everything that was asked for passes.

It runs a copy of what would be handed in, and warns about whatever the grader does not have or would refuse. A
warning does not change the exit status.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import rubric
from autograder.advice import Finding
from autograder.errors import UserError
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.results import StageResult, to_json
from autograder.student import known_mistakes
from autograder.student.handed_in import files, handed_in, warnings, written
from autograder.text import number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

STATES = {"wrong": "failing", "infrastructure": "not run"}  # other outcomes are shown as they are
STYLES = {"passed": "green", "todo": "dim", "blocked": "yellow", "infrastructure": "magenta"}  # others are red
MAX_LINES = 12  # of what the student's code printed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder check`."""
    add_selection(parser)
    parser.add_argument("--json", action="store_true", help="print the results as JSON and nothing else")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say what to check: `--submission` and `--stage`."""
    parser.add_argument(
        "--submission", type=Path, metavar="DIR", help="the folder with stages/ (default: assignment, or this folder)"
    )
    parser.add_argument("--stage", action="append", metavar="ID", help="only this stage; may be given several times")


def main(arguments: argparse.Namespace) -> int:
    """Runs the check and returns the exit status."""
    stages = rubric.selected(arguments.stage)
    submission = find_submission(arguments.submission)
    runner.prepare()
    if arguments.json:
        results, seen = run(submission, stages)
        found = [
            {"file": one.file, "line": one.line, "message": one.message} for one in warnings(seen, results, stages)
        ]
        print(json.dumps({"schema": 1} | to_json(results) | {"warnings": found}, indent=2))
    else:
        console = make_console()
        results, seen = run_with_progress(console, submission, stages)
        show(console, submission, results, warnings(seen, results, stages))
    return 0 if all(result.passed for result in results) else 1


def run(
    submission: Path, stages: Sequence[Stage], on_result: Callable[[StageResult], None] | None = None
) -> tuple[list[StageResult], list[Finding]]:
    """Runs the visible suites of the stages on a copy of what would be handed in of a folder.

    Args:
        submission: holds stages/.
        stages: those to run.
        on_result: called as each stage ends.

    Returns:
        The results, and what the grader would refuse in any of the files, as far as it shows without running them.

    Raises:
        UserError: the grader would refuse the folder.
    """
    with handed_in(submission) as (copy, seen):
        before = files(copy)
        results = known_mistakes.explained(runner.run(copy, stages, "visible", on_result=on_result))
        return results, [*seen, *written(files(copy) - before)]


def find_submission(given: Path | None) -> Path:
    """Returns the folder to check.

    Raises:
        UserError: it has no stages/.
    """
    if given is not None:
        if not (given / "stages").is_dir():
            raise UserError(f"{given} has no folder stages/. Name the folder that holds it, such as `assignment`.")
        return given
    for folder in (Path("assignment"), Path(".")):
        if (folder / "stages").is_dir():
            return folder
    raise UserError("There is no assignment/stages/ here. Go to the assignment's folder, or name it with --submission.")


# What is printed ----------------------------------------------------------------------------------------------------


def make_console() -> Console:
    """Returns a console on stdout: colours only on a terminal, and the student's text is never read as markup."""
    from rich.console import Console

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a Windows pipe may not know every character
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def run_with_progress(
    console: Console, submission: Path, stages: Sequence[Stage]
) -> tuple[list[StageResult], list[Finding]]:
    """Does what `run` does, with a progress bar on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("checking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
    )
    shown = console.is_terminal and not console.is_dumb_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("", total=len(stages))
        return run(submission, stages, lambda result: progress.update(task, advance=1, description=result.id))


def show(
    console: Console,
    submission: Path,
    results: Sequence[StageResult],
    found: Sequence[Finding] = (),
    about: Sequence[StageResult] = (),
) -> None:
    """Prints the table, then the explanation of the first failing stage or the good news, then the warnings.

    Args:
        console: where to.
        submission: the folder that was checked.
        results: the table's.
        found: the warnings.
        about: the results of which the first that fails is explained, if one does; by default all.
    """
    console.print(_table(results))
    failing = first_failing(about) or first_failing(results)
    if failing is None:
        what = f"All {len(results)} stages pass" if len(results) > 1 else f"{results[0].id} passes"
        console.print(f"\n{what}.", style="green")
    else:
        console.print()
        console.print(f"{failing.id}: {rubric.get(failing.id).title}", style="bold")
        console.print(indented(explain(failing, submission), console.width), soft_wrap=True)
    if found:
        console.print("\n" + indented(warn(found), console.width), style="yellow", soft_wrap=True)


def warn(found: Sequence[Finding]) -> str:
    """Returns the warnings as lines."""
    more = [f"… and {len(found) - MAX_LINES} more"] if len(found) > MAX_LINES else []
    return "\n".join(["warning The grader does not have or allow this:", *map(str, found[:MAX_LINES]), *more])


def first_failing(results: Sequence[StageResult]) -> StageResult | None:
    """Returns the stage to explain: the first that was written and fails, else the first to write."""
    for kinds in (lambda outcome: outcome not in ("passed", "todo", "blocked"), lambda outcome: outcome != "passed"):
        for result in results:
            if kinds(result.outcome):
                return result
    return None


def explain(result: StageResult, submission: Path, again: str = "") -> str:
    """Returns the explanation of a stage that fails, as lines. Arguments as for `explanation`."""
    found = explanation(result, submission, again)
    lines = [*found.diagnosis.splitlines(), ""]
    if found.printed:
        lines += ["Your code printed:", *(f"  | {line}" for line in found.printed), ""]
    for label, text in found.rows:
        first, *more = text.splitlines()
        lines += [f"{label:7} {first}", *(f"{'':7} {line}" for line in more)]
    return "\n".join(lines)


@dataclass(frozen=True)
class Explanation:
    """What a student is told about a stage that fails.

    Attributes:
        diagnosis: what was found; may have several lines.
        printed: the first lines of what the student's code printed.
        rows: a label and its text, such as ("source", "Chen et al. 2020, equation 1").
    """

    diagnosis: str
    printed: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]


def explanation(result: StageResult, submission: Path, again: str = "") -> Explanation:
    """Explains a stage that fails: what was found, where, and what to do next.

    Args:
        result: the stage's.
        submission: the folder that was checked.
        again: what to do to check it again; by default the command to type.
    """
    stage = rubric.get(result.id)
    file = (submission / "stages" / f"{stage.module}.py").as_posix()
    names = " and ".join(f"`{name}`" for name in stage.names)
    failed = next((test for test in result.tests if test.outcome not in ("passed", "todo")), None)
    printed: list[str] = []
    if result.outcome not in ("todo", "infrastructure"):
        every = result.output.strip().splitlines()
        printed = [line[:200] for line in every[:MAX_LINES]]
        printed += [f"… and {len(every) - MAX_LINES} more lines"] * (len(every) > MAX_LINES)
    rows = [("test", f"tests/test_{stage.module}.py::{failed.name}")] if failed is not None else []
    rows.append(("source", stage.source))
    if result.outcome == "infrastructure":
        rows.append(("next", "tell your instructor, with this text"))
    else:
        verb = f"write {names} in" if result.outcome == "todo" else "edit"
        rows.append(("next", f"{verb} {file}, then\n{again or command(result.id, submission)}"))
    return Explanation(result.diagnosis, tuple(printed), tuple(rows))


def command(stage_id: str, submission: Path) -> str:
    """Returns what to type to check this stage again."""
    default = submission.resolve() in (Path("assignment").resolve(), Path.cwd())
    if Path("Makefile").is_file():
        return f"make check STAGE={stage_id}" + ("" if default else f" SUBMISSION={submission.as_posix()}")
    where = "" if default else f" --submission {submission.as_posix()}"
    return f"python -m autograder check --stage {stage_id}{where}"


def indented(text: str, width: int) -> str:
    """Indents by two and wraps to the width; a wrapped line continues where it began, or after its label."""
    lines = []
    for line in text.splitlines():
        margin = "  " + line[: len(line) - len(line.lstrip())]
        label = re.match(r"\w+ {2,}", line)
        wrapped = textwrap.wrap(
            line.strip(),
            max(width, 40),
            initial_indent=margin,
            subsequent_indent=margin + " " * (label.end() if label else 0),
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += wrapped or [""]
    return "\n".join(lines)


def _table(results: Sequence[StageResult]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("stage", no_wrap=True)
    table.add_column("", no_wrap=True, overflow="ellipsis")
    table.add_column("state", no_wrap=True)
    table.add_column("points", no_wrap=True, justify="right")
    for result in results:
        state = Text(STATES.get(result.outcome, result.outcome), style=STYLES.get(result.outcome, "red"))
        points = f"{number(result.points)} / {result.max_points}"
        table.add_row(result.id, rubric.get(result.id).title, state, points)
    if len(results) > 1:
        passed = f"{sum(result.passed for result in results)} of {len(results)} passed"
        total = f"{number(sum(result.points for result in results))} / {sum(result.max_points for result in results)}"
        table.add_row("total", passed, "", total, style="bold")
    return table
