"""`autograder watch`: checks again whenever a stage is saved, until Ctrl-C.

Only the stages of the file that was saved run again, first those that need no torchvision; the table shows the latest
result of every stage, and the explanation is about the file. The warm process stays alive, so that a check takes a
fraction of a second.
"""

from __future__ import annotations

import argparse
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder import rubric
from autograder.errors import UserError
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.results import StageResult
from autograder.student import check
from autograder.student.handed_in import warnings

QUIET = 20  # milliseconds without a change that end a burst: each costs the student's wait up to two times as many


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder watch`."""
    check.add_selection(parser)


def main(arguments: argparse.Namespace) -> int:
    """Watches until Ctrl-C, and returns 0 then."""
    stages = rubric.selected(arguments.stage)
    submission = check.find_submission(arguments.submission)
    runner.prepare()
    try:
        with Saves(submission / "stages") as changes:
            watch(submission, stages, changes)
    except KeyboardInterrupt:
        print()
    return 0


def watch(submission: Path, stages: Sequence[Stage], changes: Iterable[set[str]]) -> None:
    """Checks the stages once, then those of each change.

    Args:
        submission: the folder with stages/.
        stages: those to watch.
        changes: for each save, the names of the files in stages/ that changed, such as `protonet.py`.
    """
    console = check.make_console()
    folder = (submission / "stages").as_posix()
    results: dict[str, StageResult] = {}
    affected = list(stages)
    changed = ""
    for names in _first_nothing(changes):
        if names:
            affected = affected_by(names, stages)
            changed = ", ".join(sorted(names))
        if not affected:
            continue
        if console.is_terminal:
            console.clear()
        start = time.monotonic()
        rounds = in_rounds(affected) if changed else [affected]
        for number, now in enumerate(rounds):
            try:
                fresh, seen = check.run_with_progress(console, submission, now)
            except UserError as refused:
                console.print(f"{refused}", soft_wrap=True)
                break
            results |= {result.id: result for result in fresh}
            seconds = time.monotonic() - start
            latest = [results[stage.id] for stage in stages if stage.id in results]
            later = [stage.id for part in rounds[number + 1 :] for stage in part]
            if number and console.is_terminal:
                console.clear()
            found = warnings(seen, latest, stages)
            about = [results[stage.id] for part in rounds[: number + 1] for stage in part] if changed else []
            check.show(console, submission, [one for one in latest if one.id not in later], found, about)
            done = len(affected) - len(later)
            what = f"{changed} changed: checked {done} of {len(stages)} stages" if changed else "Checked all"
            rest = f"Now checking {', '.join(later)} …" if later else f"Watching {folder}; press Ctrl-C to stop."
            console.print(f"\n{what} in {seconds:.1f} s. {rest}", style="dim", soft_wrap=True)  # one line in a pipe


def affected_by(names: set[str], stages: Sequence[Stage]) -> list[Stage]:
    """Returns the stages to check after these files changed: its module's, or all for a helper file."""
    modules = {Path(name).stem for name in names}
    if modules <= set(rubric.MODULES):
        return [stage for stage in stages if stage.module in modules]
    return list(stages)


def in_rounds(stages: Sequence[Stage]) -> list[list[Stage]]:
    """Returns the stages in the order of their checks: nobody waits for torchvision to read what does without it."""

    def waits(stage: Stage) -> bool:
        return stage.torchvision or any(rubric.get(need).torchvision for need in stage.needs)

    parts = [[stage for stage in stages if not waits(stage)], [stage for stage in stages if waits(stage)]]
    return [part for part in parts if part]


class Saves:
    """The saves in a folder: iterating waits for the next burst of changes and yields the names of the Python files.

    A context manager; no save after it is entered is missed, not even one during a check.

    Args:
        folder: its Python files are watched. It may vanish and come back.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._found: queue.Queue[set[str]] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Saves:
        try:
            import watchfiles  # noqa: F401
        except ImportError as error:
            raise UserError("Watching needs the package watchfiles: `pip install watchfiles`.") from error
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2)

    def __iter__(self) -> Iterator[set[str]]:
        while True:
            try:
                names = self._found.get(timeout=0.2)  # a short wait, so that Ctrl-C is heard on Windows, too
            except queue.Empty:
                continue
            while not self._found.empty():
                names |= self._found.get()
            yield names

    def _follow(self) -> None:
        from watchfiles import PythonFilter, watch

        while not self._stop.is_set():
            changes = watch(
                self._folder,
                watch_filter=PythonFilter(),
                debounce=400,
                step=QUIET,
                stop_event=self._stop,
                recursive=False,
            )
            for change in changes:
                self._found.put({Path(path).name for _, path in change})
                if not self._folder.is_dir():
                    break
            while not self._folder.is_dir() and not self._stop.wait(0.3):
                pass
            if not self._stop.is_set():
                self._found.put({path.name for path in self._folder.glob("*.py")})


def _first_nothing(changes: Iterable[set[str]]) -> Iterator[set[str]]:
    yield set()
    yield from changes
