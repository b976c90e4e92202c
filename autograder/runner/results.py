"""The results of a run of a suite, for each test and stage, and the words for how a stage ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from autograder import advice
from autograder.advice import Finding
from autograder.rubric import Stage
from autograder.runner.monitor import Record
from autograder.text import plain

# Harmless if the file does not exist: a path on the student's own machine, such as that of a data set.
ONLY_IF_THERE = ("read a file outside its folder",)
# Worth reporting, but colours for a terminal in an exception's text do the same.
HIDDEN_TEXT = "put control characters into a message"
MAX_FAULT = 3000  # characters of what went wrong in the grader


@dataclass(frozen=True)
class TestResult:
    """One test: its name, `passed` or another outcome, and the message of a failure."""

    __test__: ClassVar[bool] = False  # for pytest: this is not a test class

    name: str
    outcome: str
    message: str


@dataclass(frozen=True)
class StageResult:
    """The result of one stage.

    Attributes:
        id: the stage's.
        points: `max_points` times the fraction of the tests that passed, rounded to 2 decimals.
        max_points: what a full pass earns.
        outcome: passed wrong todo error timeout memory crashed tampered blocked, or infrastructure: the grader's own
            fault, so that the points mean nothing.
        tests: one result for each test of the stage; empty if its module could not be imported.
        diagnosis: the message to show for the stage; empty if it passed.
        output: the first part of what the submission printed, as plain text.
        isolation: the level of the sandbox that the submission ran in; empty if it ran in none.
        flags: what it did that graded code may not do, such as "stages/simclr.py, line 12 opened a socket".
        findings: for a visible suite, what it did that would be flagged at grading.
        mistake: the id of the known mistake that the diagnosis names; empty if it names none.
    """

    id: str
    points: float
    max_points: int
    outcome: str
    tests: tuple[TestResult, ...]
    diagnosis: str
    output: str = ""
    isolation: str = ""
    flags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    mistake: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


def to_json(results: Iterable[StageResult]) -> dict[str, Any]:
    """Returns the results as the JSON of DESIGN.md: points, max_points and the stages by id.

    Where the submission ran in a sandbox, its level and each stage's flags, too.
    """
    results = list(results)
    level = next((result.isolation for result in results if result.isolation), "")
    return {
        **({"isolation": level} if level else {}),
        "points": round(sum(result.points for result in results), 2),
        "max_points": sum(result.max_points for result in results),
        "stages": {
            result.id: {
                "points": result.points,
                "max_points": result.max_points,
                "outcome": result.outcome,
                "tests": [
                    {"name": test.name, "outcome": test.outcome, "message": test.message} for test in result.tests
                ],
                "diagnosis": result.diagnosis,
                "mistake": result.mistake,
                **({"flags": list(result.flags)} if level else {}),
            }
            for result in results
        },
    }


def stage_result(record: Record, isolation: str = "") -> StageResult:
    """Returns the result that the reports about a stage add up to.

    Args:
        record: the reports.
        isolation: the level of the sandbox.
    """
    result = replace(_tested(record), isolation=isolation)
    if not isolation:
        return replace(result, findings=tuple(_finding(flag) for flag in record.flags))
    if record.hides_text:
        record.flags.append({"what": HIDDEN_TEXT, "path": "", "where": ""})
    flags = [(plain(f"{flag['where'] or 'The submission'} {flag['what']}"), flag) for flag in record.flags]
    result = replace(result, flags=tuple(dict.fromkeys(f"{text}{_about(flag)}" for text, flag in flags)))
    severe = [(text, advice.cure(flag["what"])) for text, flag in flags if _voids(flag)]
    severe.sort(key=lambda found: found[0].startswith("The submission"))  # those that name a line come first
    if result.outcome == "infrastructure" or not (severe or record.end == "tampered"):
        return result
    why, cure = severe[0] if severe else (plain(record.said).rstrip("."), "")
    sentences = (f"{why}, which graded code may not do.", cure, "The stage is void; ask your instructor.")
    return replace(result, points=0.0, outcome="tampered", diagnosis=" ".join(filter(None, sentences)))


def _finding(flag: dict[str, str]) -> Finding:
    file, _, line = flag["where"].partition(", line ")
    return advice.found(plain(file), int(line or 0), plain(flag["what"]), plain(flag["path"]))


def _voids(flag: dict[str, str]) -> bool:
    return flag["what"] != HIDDEN_TEXT and (flag["what"] not in ONLY_IF_THERE or os.path.lexists(flag["path"]))


def _about(flag: dict[str, str]) -> str:
    return f": {plain(flag['path'])}" if flag["path"] else ""


def _tested(record: Record) -> StageResult:
    stage, names = record.stage, record.names
    output = plain(record.output.decode(errors="ignore"))
    if record.fault:
        return replace(infrastructure(stage, record.fault), output=output)
    if record.broken or not names:
        outcome, message = record.broken or (record.end, _how_it_ended(record))
        return StageResult(stage.id, 0.0, stage.points, outcome, (), plain(message), output)

    lost = record.end if record.end != "end" else "crashed"
    how = "did not end" if lost == "timeout" else "ended the process"
    after = f"It did not run: `{record.running}`, an earlier test, {how}."
    tests = []
    for name in names:
        unreported = (lost, _how_it_ended(record) if name == record.running else after)
        outcome, message = record.results.get(name, unreported)
        if outcome != "skipped":
            tests.append(TestResult(name, outcome, plain(message)))
    if not tests:
        return infrastructure(stage, "All tests of the stage are skipped on this machine.")
    failing = [test for test in tests if test.outcome != "passed"]
    first = next((test for test in failing if test.outcome != "todo"), failing[0] if failing else None)
    points = round(stage.points * (len(tests) - len(failing)) / len(tests), 2)
    outcome, diagnosis = (first.outcome, first.message) if first else ("passed", "")
    return StageResult(stage.id, points, stage.points, outcome, tuple(tests), diagnosis, output)


def infrastructure(stage: Stage, message: str) -> StageResult:
    """Returns the result of a stage that could not be graded."""
    said = plain(message, MAX_FAULT)
    text = f"{said}\nThis is an error in the grader, not in the submission; the stage has no marks yet."
    return StageResult(stage.id, 0.0, stage.points, "infrastructure", (), text)


def fatal_to_judges(stage: Stage) -> StageResult:
    """Returns the result of a stage whose answers end the grader's own process every time, while other stages pass."""
    text = (
        "Comparing the answers of this stage ended the grader's own process three times in a row. Ask your instructor."
    )
    return StageResult(stage.id, 0.0, stage.points, "crashed", (), text)


def _how_it_ended(record: Record) -> str:
    what = f"`{record.running}`" if record.running else f"The import of stages/{record.stage.module}.py"
    at = f" It was at {record.place}." if record.place else ""
    if record.said:
        return f"{what} was stopped. {record.said}{at}"
    if record.end == "timeout":
        limit = f"the stage may take {record.stage.seconds:g} seconds"
        return f"{what} did not end: {limit}.{at} Is there a loop that never ends?"
    if record.status < 0:
        return f"{what} crashed the Python process ({_signal_name(-record.status)}).{at}"
    if record.end == "crashed":
        return f"{what} ended the Python process early (exit status {record.status}).{at} Return a value instead."
    return f"{what} stopped the test run.{at} Return a value instead."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def blocked(stage: Stage, result: StageResult, results: dict[str, StageResult]) -> StageResult:
    """Returns the result, as `blocked` if it fails and a stage that this one calls fails, too."""
    failing = [
        need for need in stage.needs if need in results and results[need].outcome not in ("passed", "infrastructure")
    ]
    if result.outcome in ("passed", "infrastructure") or not failing or not result.tests:
        return result
    if result.outcome == "todo" and not any(
        test.message.startswith(f"TODO {need}") for test in result.tests for need in failing
    ):
        return result  # this stage itself is not written yet
    first = " and ".join(f"`{need}`" for need in failing)
    calls = "it, and it fails" if len(failing) == 1 else "them, and they fail"
    return replace(
        result,
        outcome="blocked",
        diagnosis=f"Fix {first} first: this stage calls {calls}, too.\n{result.diagnosis}",
    )
