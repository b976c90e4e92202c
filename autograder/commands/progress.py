"""What `autograder grade` prints: a bar on a terminal, a line per submission elsewhere, and a summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from autograder.grading import grade
from autograder.grading.scheduler import Done
from autograder.text import number


class Progress:
    """Shows on stderr how much of a class is graded.

    Args:
        total: how many submissions there are.
    """

    def __init__(self, total: int):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        if hasattr(sys.stderr, "reconfigure"):
            sys.stderr.reconfigure(errors="backslashreplace")
        console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._bar = console.is_terminal and not console.is_dumb_terminal
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
            disable=not self._bar,
        )
        self._task = self._progress.add_task("", total=total)

    def advance(self, done: Done) -> None:
        """Counts one more submission."""
        name = done.submission.student_id
        self._progress.update(self._task, advance=1, description=name)
        if not self._bar:
            print(f"{name}  {_outcome(done)}", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def summary(done: Sequence[Done], notes: Sequence[str], isolation: str, output: Path, seconds: float) -> str:
    """Returns what to tell the instructor at the end."""
    kept = sum(item.kept for item in done)
    refused = [item for item in done if item.refused]
    faulty = [item for item in done if item.faulty]
    graded_now = len(done) - kept - len(refused) - len(faulty)
    lines = [
        f"{graded_now} graded, {kept} unchanged since the last grading, {len(refused)} refused, {len(faulty)} not "
        f"graded through the grader's own fault; isolation: {isolation}; {seconds:.0f} s."
    ]
    lines += [f"Refused: {item.submission.student_id}: {item.refused}" for item in refused]
    lines += [f"Look at: {item.submission.student_id}: {near}." for item in done for near in item.near]
    for item in faulty:
        stages = ", ".join(grade.faults(item.result or {}))
        lines.append(f"Not graded: {item.submission.student_id}: {stages}. Run the same command again.")
    lines += [f"{note}." for note in notes]
    return "\n".join([*lines, f"Open {output / 'index.html'} in a browser."])


def _outcome(done: Done) -> str:
    if done.refused:
        return f"refused: {done.refused}"
    if done.faulty:
        return "not graded: the grader's own fault"
    how = "unchanged" if done.kept else f"{done.seconds:.1f} s"
    return f"{number(done.points or 0)} of {number(done.max_points)}  ({how})"
