"""The inside of a runner's child process: it runs one stage's tests after another and reports each as it ends.

Reports are JSON lines on a pipe of their own, so that nothing the submission prints can be taken for one, and so that
the finished tests count when a later one hangs or kills the process:

    {"event": "begin", "stage": id}                               the stage's time starts
    {"event": "broken", "outcome": …, "message": …}               its module cannot be imported; no test runs
    {"event": "collected", "names": […]}                          the tests that have to report
    {"event": "start", "name": …}, {"event": "result", "name": …, "outcome": …, "message": …}
    {"event": "flag", "what": …, "path": …, "where": …}           what a worker's alarm noticed, or at home the audit
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
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NoReturn

import pytest

from autograder import advice, runner_audit
from autograder.runner_warm import COLLECTED, JUDGE

INI = Path(__file__).with_name("runner.ini")
ROOT = Path(__file__).resolve().parents[1]
TRACE = "trace.txt"  # in the job's folder: where the process was when it hung or crashed
MAX_MESSAGE = 3000

# What pytest would do besides running tests: print, cache, log, rewrite, warn.
PYTEST_OPTIONS = [
    "--import-mode=importlib",
    "--assert=plain",
    "--capture=no",
    *(
        f"-pno:{plugin}"
        for plugin in (
            "cacheprovider",
            "terminal",
            "junitxml",
            "pastebin",
            "faulthandler",
            "logging",
            "warnings",
            "unraisableexception",
            "threadexception",
            "debugging",  # a breakpoint is Python's own, as at the grader: here too it ends the test
            "doctest",
            "unittest",
        )
    ),
]


def run_job(job: dict[str, Any], events: int) -> None:
    """Runs the stages of a job in this process.

    Args:
        job: `submission`, `suites` and `folder` (private, temporary) as absolute paths; `suite`, "visible" or "hidden";
            `seed`; `imports`, modules that are here before a stage's time starts; `stages`, a list of dicts with `id`,
            `module`, `names` and `seconds`; `judge`, for a hidden suite whose submission runs in workers: then
            this process asks them, and imports nothing of it.
        events: the file descriptor for the reports.
    """
    for name in job["imports"]:
        importlib.import_module(name)
    _settle(job)
    if job["suite"] == "visible":
        _be_like_the_grader(Path(job["suites"]), Path(job["submission"]), events)
    if "judge" in job:
        from autograder.judge import bounds

        bounds.bound_memory()
    for stage in job["stages"]:
        _send(events, event="begin", stage=stage["id"])
        with contextlib.nullcontext() if "judge" in job else _watchdog(Path(job["folder"]), stage["seconds"]):
            _Run(job, stage, events).run()
        sys.stdout.flush()
        _send(events, event="end", stage=stage["id"])


def main() -> None:
    """The entry where there is no fork: the job comes on stdin, and reports leave on what was stdout."""
    job = json.loads(sys.stdin.buffer.readline())
    events = os.dup(1)
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        run_job(job, events)
    except BaseException:
        _send(events, event="infrastructure", message=traceback.format_exc(limit=-3))
    os._exit(0)


def _settle(job: dict[str, Any]) -> None:
    """Makes this process a quiet place for a submission: its folder, path and environment, and one thread."""
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
    """Puts the submission on the path in place of what is not handed in, and reports what the grader would refuse."""
    os.environ["TORCHDYNAMO_DISABLE"] = "1"  # what is compiled runs as it was written, as at the grader
    helpers = [path.stem for path in suites.glob("*.py") if not re.match(r"test_|conftest$", path.stem)]
    for name in (*helpers, "data_stubs"):  # the tests import them, and then find them without the path
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    sys.path[:] = [str(submission), *sys.path[2:]]
    runner_audit.hide((*advice.OURS, *helpers), submission)
    runner_audit.install(
        submission, lambda what, path, where: _send(events, event="flag", what=what, path=path, where=where)
    )


class _Source(SourceFileLoader):
    """Compiles a source file anew, whatever compiled file lies beside it."""

    def path_stats(self, path: str) -> NoReturn:
        raise OSError("no compiled file is read")


def _sources_of(submission: Path) -> Callable[[str], FileFinder]:
    """Returns a hook for the import system: from the submission's folder only source files are imported.

    Compiled ones may be forged, or stale after two saves within a second.
    """

    def hook(folder: str) -> FileFinder:
        if not Path(folder).is_relative_to(submission):
            raise ImportError
        return FileFinder(folder, (_Source, [".py"]))

    return hook


@contextlib.contextmanager
def _watchdog(folder: Path, seconds: float) -> Iterator[None]:
    """Notes in the job's folder where the process is when it crashes, and just before its time is up."""
    with open(folder / TRACE, "w") as file:
        faulthandler.enable(file)
        faulthandler.dump_traceback_later(max(0.1, seconds - min(1.0, 0.2 * seconds)), file=file)
        yield
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()


class _Run:
    """One stage: imports its module, collects its tests, runs them. It is the pytest plugin that reports, too."""

    def __init__(self, job: dict[str, Any], stage: dict[str, Any], events: int):
        self.job = job
        self.stage = stage
        self.workbench: Any = None
        self.clock: Any = None  # a judge's
        self.visible = job["suite"] == "visible"
        self.submission = Path(job["submission"])
        self.folder = Path(job["folder"])
        self.file = Path(job["suites"]) / f"test_{stage['module'] if self.visible else stage['id']}.py"
        self.send: Callable[..., None] = lambda **event: _send(events, **event)
        self.collected: list[str] = []
        self.settled = False  # whether something was reported that stands for the whole stage
        self.lost = False  # whether the worker is gone
        self.shared = False  # whether pytest's session serves other stages, too
        self.phases: dict[str, BaseException | None] = {}

    def run(self) -> None:
        if not self.file.is_file():
            self._infrastructure(f"The suite {self._name(self.file)} is missing.")
            return
        if not (self._import() if self.visible else self._connect()):
            self._part()
            return
        collected = sys.modules.get(COLLECTED)
        self.shared = True
        if collected is not None and collected.run(self.file, self):
            self._part()
            return
        self.shared = False
        base = tempfile.mkdtemp(prefix="pytest-", dir=self.folder)
        options = [f"--rootdir={self.file.parent}", f"--confcutdir={self.file.parent}", f"--basetemp={base}/tmp"]
        options += ["--noconftest"] * self.visible  # it would put the checkout on the path
        status = pytest.main([str(self.file), "-c", str(INI), *options, *PYTEST_OPTIONS], plugins=[self])
        if not self.collected and not self.settled:
            name = self._name(self.file)
            self._infrastructure(
                f"{name} has no test for the stage {self.stage['id']} (pytest's status: {int(status)})."
            )
        self._part()

    def _connect(self) -> bool:
        """Finds the submission's workbench, here or behind a pipe, and has it import the stage's module."""
        from autograder.grading import remote, student, workbench

        self.workbench = None
        try:
            if "judge" in self.job:
                from autograder.judge import bounds

                self.clock = bounds.Clock()
                self.workbench = remote.given_by(JUDGE, held=self.clock.held)
            else:
                self.workbench = workbench.Workbench(self.submission)
            student.connect(self.workbench)
            self.workbench.open(self.stage["module"], list(self.stage["names"]))
        except student.StudentError as error:
            self._broken(error.outcome, _text(error))
            return False
        except remote.Ended as ended:
            self.settled = True
            self._lost(ended)
            return False
        return True

    def _part(self) -> None:
        """Reports what the worker's alarm has noticed, and lets the worker go."""
        if "judge" in self.job and self.workbench is not None:
            for flag in self.workbench.flags():
                self.send(event="flag", **flag)
            self.workbench.close()

    def _lost(self, ended: Any) -> None:
        """Reports that the worker is gone, and with it the stage."""
        self.lost = True
        self.send(event="lost", end=ended.end, status=ended.status, message=ended.message)

    def _import(self) -> bool:
        """Imports the stage's module, so that what is wrong with it is said once and clearly."""
        for name in [name for name in sys.modules if name == "stages" or name.startswith("stages.")]:
            del sys.modules[name]
        module_name = self.stage["module"]
        if not (self.submission / "stages" / f"{module_name}.py").is_file():
            self._broken("error", f"The file stages/{module_name}.py is missing. Put it back: the tests import it.")
            return False
        try:
            module = importlib.import_module(f"stages.{module_name}")
        except BaseException as error:
            self._broken(*self._explain(error))
            return False
        missing = [name for name in self.stage["names"] if not hasattr(module, name)]
        if missing:
            names = " and ".join(f"`{name}`" for name in missing)
            self._broken("error", f"stages/{module_name}.py does not define {names}. Keep the names of the stubs.")
            return False
        if not hasattr(module, "__getattr__"):  # a name of another stage may be missing, and the tests import it
            module.__getattr__ = _placeholder(module_name)  # type: ignore[method-assign]
        return True

    # Hooks of pytest ------------------------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "native"  # pytest's own would show the arguments, whose repr may be the submission's

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.visible:
            marks = [(item, item.get_closest_marker("stage")) for item in items]
            items[:] = [item for item, mark in marks if mark is not None and mark.args == (self.stage["id"],)]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.hears_of(session.items)

    def hears_of(self, items: Sequence[pytest.Item]) -> None:
        """Reports the tests that are there."""
        self.collected = [_test_name(item) for item in items]
        if self.collected:
            self.send(event="collected", names=self.collected)

    def pytest_exception_interact(self, call: pytest.CallInfo, report: Any) -> None:
        if not isinstance(report, pytest.CollectReport) or call.excinfo is None:
            return
        error = call.excinfo.value.__cause__ or call.excinfo.value
        if self.visible and _frames_inside(error, self.submission):
            self._broken(*self._explain(error))
        else:
            self._infrastructure(f"{self._name(self.file)} cannot be collected: {type(error).__name__}: {_text(error)}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.phases = {}
        self.send(event="start", name=_test_name(item))
        yield
        if self.lost:
            return
        failure = next((error for error in self.phases.values() if error is not None), None)
        if isinstance(self.phases.get("setup"), pytest.skip.Exception):
            self.send(event="result", name=_test_name(item), outcome="skipped", message=_text(failure))
        elif failure is not None:
            outcome, message = self._explain(failure)
            self.send(event="result", name=_test_name(item), outcome=outcome, message=message)
        elif set(self.phases) == {"setup", "call", "teardown"}:
            self.send(event="result", name=_test_name(item), outcome="passed", message="")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with self.clock.test() if self.clock is not None else contextlib.nullcontext():
            yield

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> pytest.TestReport:
        error = call.excinfo.value if call.excinfo is not None else None
        ended = self.workbench is not None and getattr(self.workbench, "ended", None)
        if ended and not self.lost:
            self._lost(ended)
            if not self.shared:  # once set, pytest does not take it back
                item.session.shouldstop = "the worker is gone"
        self.phases[call.when] = error
        # pytest's own report would render the traceback, which takes longer than most tests and is not shown.
        outcome: Any = "passed" if error is None else "failed"
        phase: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, phase)

    # Words ----------------------------------------------------------------------------------------------------------

    def _broken(self, outcome: str, message: str) -> None:
        self.settled = True
        self.send(event="broken", outcome=outcome, message=message)

    def _infrastructure(self, message: str) -> None:
        self.settled = True
        self.send(event="infrastructure", message=message)

    def _name(self, path: Path) -> str:
        return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name

    def _explain(self, error: BaseException) -> tuple[str, str]:
        """Returns the outcome and the message that an exception of a test stands for, and at home what is behind it."""
        outcome, message = self._describe(error)
        if (
            outcome == "error"
            and self.visible
            and (isinstance(error, SyntaxError) or _frames_inside(error, self.submission))
        ):
            with contextlib.suppress(Exception):  # an exception may raise others when it is looked at
                message = "\n".join(filter(None, (message, advice.cause(error, self.submission, at_home=True))))
        return outcome, message.replace(f"{self.submission}{os.sep}", "")  # a copy, or known anyway

    def _describe(self, error: BaseException) -> tuple[str, str]:
        text = _text(error)
        answers = sys.modules.get("autograder.grading.answers")
        if answers is not None and isinstance(error, answers.StudentError):
            return error.outcome, text
        if isinstance(error, SyntaxError) and not error.filename:  # null bytes
            return "error", f"stages/{self.stage['module']}.py: {type(error).__name__}: {text}"
        if isinstance(error, SyntaxError) and error.filename and is_inside(Path(error.filename), self.submission):
            place = f"{Path(error.filename).relative_to(self.submission).as_posix()}, line {error.lineno}"
            return "error", f"{place}: {type(error).__name__}: {error.msg}\n    {(error.text or '').strip()}".rstrip()

        frames = traceback.extract_tb(error.__traceback__)
        inside = _frames_inside(error, self.submission)
        own = bool(inside) and inside[-1] == frames[-1]  # raised by a line of the submission itself
        raised = own and (text.startswith("TODO") or "NotImplementedError" in (frames[-1].line or ""))
        if isinstance(error, NotImplementedError) and raised:  # PyTorch has its own, for what it cannot do
            return "todo", text or "not written yet"
        if isinstance(error, AssertionError | pytest.fail.Exception) and not own:
            line = frames[-1].line if self.visible else ""
            return "wrong", text or f"This does not hold: {line or 'an assertion without a message'}"
        if not frames:
            return "error", f"{type(error).__name__}: {text}"
        last = (inside or frames)[-1]
        if not (inside or self.visible):  # neither the hidden test's code nor what it compared is for students
            return "error", _incomparable(error)
        if inside:
            place, shown = f"{Path(last.filename).relative_to(self.submission).as_posix()}, line {last.lineno}", ""
        else:  # the answer is such that the test cannot go on: show what the test did with it
            frame = next((frame for frame in reversed(frames) if Path(frame.filename) == self.file), last)
            place, shown = f"{self._name(Path(frame.filename))}, line {frame.lineno}", f"\n    {frame.line}"
        if _out_of_memory(error):
            return "memory", f"{place}: out of memory: {text}"
        if isinstance(error, SystemExit):
            return "error", f"{place}: the code ends the program (SystemExit); return a value instead"
        return "error", f"{place}: {type(error).__name__}: {text}{shown}"


def is_inside(path: Path, submission: Path) -> bool:
    """Returns whether a file is the submission's own code, not something that happens to lie below its folder."""
    return path.is_relative_to(submission / "stages") or path.parent == submission


def _frames_inside(error: BaseException, folder: Path) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if is_inside(Path(frame.filename), folder)]


def _out_of_memory(error: BaseException | None) -> bool:
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("allocate memory" in str(error) or "not enough memory" in str(error))
    )


def _incomparable(error: BaseException) -> str:
    """Says that an answer is such that a hidden test could not go on."""
    if type(error).__name__ == "TooSlow":
        return "The answer could not be compared in time. Is it of the size asked for?"
    if _out_of_memory(error):
        return "The answer could not be compared: that would take too much memory. Is it of the size asked for?"
    return f"The answer could not be compared ({type(error).__name__}). Is it of the type and shape asked for?"


def _placeholder(module: str) -> Callable[[str], Any]:
    """Returns a module's `__getattr__`, which makes a name that the module lacks into a function that says so."""

    def get(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module 'stages.{module}' has no attribute {name!r}")

        def missing(*_args: Any, **_kwargs: Any) -> Any:
            raise NameError(f"stages/{module}.py does not define `{name}`")

        return missing

    return get


def _test_name(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]


def _text(error: BaseException | None) -> str:
    try:
        return str(error).strip()
    except Exception:
        return "(an exception whose text cannot be read)"


def _send(events: int, **event: Any) -> None:
    if len(event.get("message", "")) > MAX_MESSAGE:
        event["message"] = event["message"][:MAX_MESSAGE] + " …"
    os.write(events, json.dumps(event).encode() + b"\n")
