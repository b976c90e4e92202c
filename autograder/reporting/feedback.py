"""The page that one student gets: an HTML file that needs no other file and runs nothing."""

from __future__ import annotations

from typing import Any

import jinja2

from autograder import rubric
from autograder.grading.scheduler import Entry
from autograder.text import number, plain, plain_line

ENVIRONMENT = jinja2.Environment(
    autoescape=True,
    loader=jinja2.PackageLoader("autograder.reporting", "."),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)
LABELS = {"todo": "not written", "infrastructure": "not graded", "error": "error", "memory": "out of memory"}
ISOLATION = {
    "": "",  # nothing ran
    "none": "The code ran without isolation.",
    "limits": "The code ran under resource limits (isolation: limits).",
    "namespaces": "The code ran in its own namespaces, without network access (isolation: namespaces).",
    "landlock": "The code ran confined by Landlock and seccomp, without network access (isolation: landlock).",
}


def page(entry: Entry) -> str:
    """Returns the page of one student."""
    record = entry.record
    stages = [view(stage_id, stage) for stage_id, stage in record["stages"].items()]
    return ENVIRONMENT.get_template("feedback_page.html").render(
        student=entry.done.submission.student_id,
        points=number(sum(stage["points"] or 0 for stage in record["stages"].values())),
        max_points=number(record["max_points"]),
        refused=plain(record.get("refused", "")),
        missing=sum(stage["outcome"] == "infrastructure" for stage in record["stages"].values()),
        stages=stages,
        failing=[stage for stage in stages if not stage["passed"]],
        isolation=ISOLATION.get(record["isolation"], f"Isolation: {plain_line(record['isolation'])}."),
        ignored=entry.done.ignored,
        near=entry.done.near,
    )


def shade(stage: dict[str, Any]) -> str:
    """Returns the CSS class of a stage's outcome."""
    outcome = stage["outcome"]
    if outcome in ("passed", "todo", "blocked", "tampered"):
        return "todo" if outcome == "todo" and stage["points"] > 0 else str(outcome)
    if outcome == "infrastructure":
        return "fault"
    if outcome == "refused":
        return "refused"
    return "part" if stage["points"] > 0 else "zero"


def view(stage_id: str, stage: dict[str, Any]) -> dict[str, Any]:
    """Returns what the page shows of a stage. The diagnosis is shown once, not again at its test."""
    about = rubric.get(stage_id)
    failed = [test for test in stage["tests"] if test["outcome"] != "passed"]
    done = [_name(test) for test in stage["tests"] if test["outcome"] == "passed"]
    unwritten = stage["outcome"] == "todo" and not done  # then no test says more than the diagnosis
    said = stage["diagnosis"].strip()
    return {
        "id": stage_id,
        "title": about.title,
        "module": about.module,
        "source": about.source,
        "passed": stage["outcome"] == "passed",
        "shade": shade(stage),
        "label": LABELS.get(stage["outcome"], plain_line(stage["outcome"], 30)),
        "points": "–" if stage["points"] is None else number(stage["points"]),
        "max_points": stage["max_points"],
        "n_passed": len(done),
        "n_tests": len(stage["tests"]),
        "diagnosis": plain(said),
        "flags": [plain_line(flag) for flag in stage.get("flags", ())],
        "named": bool(stage.get("mistake")),
        "failed": [] if unwritten else _failed(failed, said),
        "done": done,
    }


def _failed(tests: list[dict[str, Any]], said: str) -> list[dict[str, str]]:
    """The failed tests; a message shown above, in the diagnosis or at another test, is not repeated."""
    shown = []
    for test in tests:
        message = test["message"].strip()
        new = message not in said
        shown.append(
            {
                "name": _name(test),
                "outcome": plain_line(test["outcome"], 30),
                "message": plain(message) if new else "",
            }
        )
        said = f"{said}\n{message}" if new else said
    return shown


def _name(test: dict[str, Any]) -> str:
    return plain_line(test["name"], 200).removeprefix("test_").replace("_", " ")
