"""The inside of a runner's child process: it runs one stage's tests after another and reports each as it ends.

Reports are JSON lines on a separate pipe, so that nothing the submission prints can be mistaken for one, and finished
tests count even when a later one hangs or kills the process:

    {"event": "begin", "stage": id}                               the stage's time starts
    {"event": "broken", "outcome": …, "message": …}               its module cannot be imported; no test runs
    {"event": "collected", "names": […]}                          the tests that have to report
    {"event": "start", "name": …}, {"event": "result", "name": …, "outcome": …, "message": …}
    {"event": "flag", "what": …, "path": …, "where": …}           what a worker's alarm noticed, or the audit at home
    {"event": "lost", "end": …, "status": …, "message": …}        the worker ended, and with it the stage
    {"event": "infrastructure", "message": …}                     the suite itself is at fault
    {"event": "end", "stage": id}
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NoReturn

from autograder import advice
from autograder.runner import audit
from autograder.runner.environment import ROOT
from autograder.runner.pytest_plugin import Run, send

TRACE = "trace.txt"  # in the job's folder: where the process was when it hung or crashed


def run_job(job: dict[str, Any], events: int) -> None:
    """Runs the stages of a job in this process.

    Args:
        job: `submission`, `suites` and `folder` (private, temporary) as absolute paths; `suite`, "visible" or "hidden";
            `seed`; `imports`, modules to import before a stage's time starts; `stages`, a list of dicts with `id`,
            `module`, `names` and `seconds`; `driver`, for a hidden suite: the module that asks the submission;
            `judge`, if the submission runs in workers: then this process asks them and imports none of its code.
        events: the file descriptor for the reports.
    """
    for name in job["imports"]:
        importlib.import_module(name)
    _settle(job)
    if job["suite"] == "visible":
        _be_like_the_grader(Path(job["suites"]), Path(job["submission"]), events)
    if "driver" in job:
        importlib.import_module(job["driver"]).prepare(job)
    for stage in job["stages"]:
        send(events, event="begin", stage=stage["id"])
        with contextlib.nullcontext() if "judge" in job else _watchdog(Path(job["folder"]), stage["seconds"]):
            Run(job, stage, events).run()
        sys.stdout.flush()
        send(events, event="end", stage=stage["id"])


def main() -> None:
    """The entry point where there is no fork: the job arrives on stdin, and reports go to what was stdout."""
    job = json.loads(sys.stdin.buffer.readline())
    events = os.dup(1)
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        run_job(job, events)
    except BaseException:
        send(events, event="infrastructure", message=traceback.format_exc(limit=-3))
    os._exit(0)


def _settle(job: dict[str, Any]) -> None:
    """Prepares this process for a submission: its folder, path and environment, and a single thread."""
    folder, suites, submission = job["folder"], job["suites"], job["submission"]
    os.chdir(folder)
    tempfile.tempdir = None
    os.environ |= {"SUBMISSION": submission, "GRADING_SEED": str(job["seed"])}
    os.environ |= {"TMPDIR": folder, "TEMP": folder, "TMP": folder, "MPLBACKEND": "Agg"}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    sys.path_hooks.insert(0, _sources_of(Path(submission)))
    sys.path_importer_cache.clear()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path[:] = [suites, str(ROOT)] + [path for path in sys.path if path not in ("", suites, str(ROOT))]
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _be_like_the_grader(suites: Path, submission: Path, events: int) -> None:
    """Puts the submission on the path instead of what is not handed in, and reports what the grader would refuse."""
    os.environ["TORCHDYNAMO_DISABLE"] = "1"  # compiled code runs as it was written, as at grading
    helpers = [path.stem for path in suites.glob("*.py") if not re.match(r"test_|conftest$", path.stem)]
    for name in (*helpers, "data_stubs"):  # the tests import them, and find them here when they are off the path
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[:] = [str(submission), *sys.path[2:]]
    audit.hide((*advice.OURS, *helpers), submission)
    audit.install(submission, lambda what, path, where: send(events, event="flag", what=what, path=path, where=where))


class _Source(SourceFileLoader):
    """Always compiles the source file, whatever compiled file lies next to it."""

    def path_stats(self, path: str) -> NoReturn:
        raise OSError("no compiled file is read")


def _sources_of(submission: Path) -> Callable[[str], FileFinder]:
    """Returns a hook for the import system: only source files are imported from the submission's folder.

    Compiled files may be forged, or stale after two saves within a second.
    """

    def hook(folder: str) -> FileFinder:
        if not Path(folder).is_relative_to(submission):
            raise ImportError
        return FileFinder(folder, (_Source, [".py"]))

    return hook


@contextlib.contextmanager
def _watchdog(folder: Path, seconds: float) -> Iterator[None]:
    """Writes to the job's folder where the process is when it crashes, and just before its time is up."""
    with open(folder / TRACE, "w") as file:
        faulthandler.enable(file)
        faulthandler.dump_traceback_later(max(0.1, seconds - min(1.0, 0.2 * seconds)), file=file)
        yield
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()
