"""Runs one stage's tests in a child process; also the pytest plugin that reports each of them.

A visible suite imports the submission's module here. A hidden one asks the submission through a driver, a module that
the job names: `autograder.judge.driver`, which the handout lacks.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograder import advice
from autograder.runner.environment import COLLECTED, ROOT

INI = Path(__file__).with_name("pytest.ini")
MAX_MESSAGE = 3000

# Turns off what pytest does besides running tests: printing, caching, logging, rewriting, warning.
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
            "debugging",  # a breakpoint is Python's own, as at grading: here, too, it ends the test
            "doctest",
            "unittest",
        )
    ),
]


class Run:
    """One stage: imports its module, collects its tests, runs them. It is the pytest plugin that reports, too."""

    def __init__(self, job: dict[str, Any], stage: dict[str, Any], events: int):
        self.job = job
        self.stage = stage
        self.driver: Any = None  # of a hidden suite; see `autograder.judge.driver`
        self.visible = job["suite"] == "visible"
        self.submission = Path(job["submission"])
        self.folder = Path(job["folder"])
        self.file = Path(job["suites"]) / f"test_{stage['module'] if self.visible else stage['id']}.py"
        self.send: Callable[..., None] = lambda **event: send(events, **event)
        self.collected: list[str] = []
        self.settled = False  # whether something was reported that settles the whole stage
        self.lost = False  # whether the worker is gone
        self.phases: dict[str, BaseException | None] = {}

    def run(self) -> None:
        if not self.file.is_file():
            self._infrastructure(f"The suite {self._name(self.file)} is missing.")
            return
        if not (self._import() if self.visible else self._connect()):
            self._part()
            return
        collected = sys.modules.get(COLLECTED)
        if collected is not None and collected.run(self.file, self):
            self._part()
            return
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
        """Has the submission, here or in a worker, import the stage's module."""
        self.driver = importlib.import_module(self.job["driver"]).Driver(self.job, self.stage)
        outcome, message = self.driver.connect()
        if outcome:
            self._broken(outcome, message)
        elif self.driver.ended:
            self.settled = True
            self._lost()
        return not (outcome or self.driver.ended)

    def _part(self) -> None:
        """Reports what the worker's alarm has noticed, and lets the worker go."""
        for flag in self.driver.part() if self.driver is not None else ():
            self.send(event="flag", **flag)

    def _lost(self) -> None:
        """Reports that the worker is gone, and with it the stage."""
        self.lost = True
        self.send(event="lost", **self.driver.ended)

    def _import(self) -> bool:
        """Imports the stage's module, so that anything wrong with it is said once and clearly."""
        for name in [name for name in sys.modules if name == "stages" or name.startswith("stages.")]:
            del sys.modules[name]
        module_name = self.stage["module"]
        if not (self.submission / "stages" / f"{module_name}.py").is_file():
            self._broken("error", advice.missing_file(module_name))
            return False
        try:
            module = importlib.import_module(f"stages.{module_name}")
        except BaseException as error:
            self._broken(*self._explain(error))
            return False
        missing = [name for name in self.stage["names"] if not hasattr(module, name)]
        if missing:
            self._broken("error", advice.missing_names(module_name, missing))
            return False
        if not hasattr(module, "__getattr__"):  # the tests may import names of other stages that are missing
            module.__getattr__ = _placeholder(module_name)  # type: ignore[method-assign]
        return True

    # Hooks of pytest ------------------------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = (
            "native"  # pytest's own style would show arguments, whose repr may run the submission's code
        )

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.visible:
            marks = [(item, item.get_closest_marker("stage")) for item in items]
            items[:] = [item for item, mark in marks if mark is not None and mark.args == (self.stage["id"],)]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.hears_of(session.items)

    def hears_of(self, items: Sequence[pytest.Item]) -> None:
        """Reports the tests that were collected."""
        self.collected = [_test_name(item) for item in items]
        if self.collected:
            self.send(event="collected", names=self.collected)

    def pytest_exception_interact(self, call: pytest.CallInfo[Any], report: Any) -> None:
        if not isinstance(report, pytest.CollectReport) or call.excinfo is None:
            return
        error = call.excinfo.value.__cause__ or call.excinfo.value
        if self.visible and _frames_inside(error, self.submission):
            self._broken(*self._explain(error))
        else:
            self._infrastructure(f"{self._name(self.file)} cannot be collected: {type(error).__name__}: {_text(error)}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.begin(item)
        yield
        self.end(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with self.timed():
            yield

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        error = call.excinfo.value if call.excinfo is not None else None
        self.note(call.when, error)
        if self.lost:
            item.session.shouldstop = "the worker is gone"
        # pytest's own report would render the traceback, which takes longer than most tests and is never shown.
        outcome: Any = "passed" if error is None else "failed"
        phase: Any = call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, phase)

    # A test ---------------------------------------------------------------------------------------------------------

    def begin(self, item: pytest.Item) -> None:
        """Reports that a test begins."""
        self.phases = {}
        self.send(event="start", name=_test_name(item))

    def timed(self) -> contextlib.AbstractContextManager[None]:
        """Returns the context that a test's own code runs in."""
        return self.driver.test() if self.driver is not None else contextlib.nullcontext()

    def note(self, phase: str, error: BaseException | None) -> None:
        """Records how `setup`, `call` or `teardown` ended."""
        if self.driver is not None and self.driver.ended and not self.lost:
            self._lost()
        self.phases[phase] = error

    def end(self, item: pytest.Item) -> None:
        """Reports the outcome of a test."""
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
        """Returns the outcome and the message for an exception in a test, and at home its cause."""
        outcome, message = self._describe(error)
        if (
            outcome == "error"
            and self.visible
            and (isinstance(error, SyntaxError) or _frames_inside(error, self.submission))
        ):
            with contextlib.suppress(Exception):  # an exception may raise others when it is inspected
                message = "\n".join(filter(None, (message, advice.cause(error, self.submission, at_home=True))))
        return outcome, message.replace(f"{self.submission}{os.sep}", "")  # it is a copy, or known anyway

    def _describe(self, error: BaseException) -> tuple[str, str]:
        text = _text(error)
        said: tuple[str, str] | None = self.driver.describe(error) if self.driver is not None else None
        if said:
            return said
        if isinstance(error, SyntaxError) and not error.filename:  # null bytes
            return "error", f"stages/{self.stage['module']}.py: {type(error).__name__}: {text}"
        if isinstance(error, SyntaxError) and error.filename and is_inside(Path(error.filename), self.submission):
            place = f"{Path(error.filename).relative_to(self.submission).as_posix()}, line {error.lineno}"
            return "error", f"{place}: {type(error).__name__}: {error.msg}\n    {(error.text or '').strip()}".rstrip()

        frames = traceback.extract_tb(error.__traceback__)
        inside = _frames_inside(error, self.submission)
        own = bool(inside) and inside[-1] == frames[-1]  # raised by a line of the submission itself
        raised = own and (text.startswith("TODO") or "NotImplementedError" in (frames[-1].line or ""))
        if isinstance(error, NotImplementedError) and raised:  # PyTorch raises it, too, for what it does not support
            return "todo", text or "not written yet"
        if isinstance(error, AssertionError | pytest.fail.Exception) and not own:
            line = frames[-1].line if self.visible else ""
            return "wrong", text or f"This does not hold: {line or 'an assertion without a message'}"
        if not frames:
            return "error", f"{type(error).__name__}: {text}"
        last = (inside or frames)[-1]
        if not (inside or self.visible):  # students may see neither the hidden test's code nor what it compared
            return "error", _incomparable(error)
        if inside:
            place, shown = f"{Path(last.filename).relative_to(self.submission).as_posix()}, line {last.lineno}", ""
        else:  # the test cannot go on with the answer: show what it did with it
            frame = next((frame for frame in reversed(frames) if Path(frame.filename) == self.file), last)
            place, shown = f"{self._name(Path(frame.filename))}, line {frame.lineno}", f"\n    {frame.line}"
        if advice.is_out_of_memory(error):
            return "memory", f"{place}: out of memory: {text}"
        if isinstance(error, SystemExit):
            return "error", f"{place}: the code ends the program (SystemExit); return a value instead"
        return "error", f"{place}: {type(error).__name__}: {text}{shown}"


def is_inside(path: Path, submission: Path) -> bool:
    """Returns whether a file is the submission's own code, not something that happens to be in its folder."""
    return path.is_relative_to(submission / "stages") or path.parent == submission


def _frames_inside(error: BaseException, folder: Path) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if is_inside(Path(frame.filename), folder)]


def _incomparable(error: BaseException) -> str:
    """Returns the message for an answer with which a hidden test could not go on."""
    if advice.is_out_of_memory(error):
        return "The answer could not be compared: that would take too much memory. Does it have the size asked for?"
    return f"The answer could not be compared ({type(error).__name__}). Does it have the type and shape asked for?"


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


def send(events: int, **event: Any) -> None:
    if len(event.get("message", "")) > MAX_MESSAGE:
        event["message"] = event["message"][:MAX_MESSAGE] + " …"
    os.write(events, json.dumps(event).encode() + b"\n")
