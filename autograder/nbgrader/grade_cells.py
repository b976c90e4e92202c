"""The grade cells: one number for the gradebook and one report for the reader each."""

# nbgrader has no types, nbformat has few:
# mypy: allow-subclassing-any, allow-untyped-calls

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder import rubric
from autograder.errors import UserError
from autograder.nbgrader.record import FOLDER, record_of
from autograder.reporting.feedback import ISOLATION
from autograder.text import plain, plain_line

MAX_MESSAGE = 2000
LABELS = {"passed": "label-success", "todo": "label-default", "blocked": "label-warning"}


class GradeStages(NbGraderPreprocessor):
    """Fills each grade cell with what the hidden suites say about its stage. It replaces `Execute`."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Writes the outputs of the grade cells.

        Raises:
            UserError: the grader failed, or a grade cell belongs to no stage; nbgrader then records no grade.
        """
        info = resources["nbgrader"]
        course = self.parent.parent.coursedir  # of the exporter's converter
        submission = Path(course.format_path(course.submitted_directory, info["student"], info["assignment"]))
        record = record_of(submission, Path(course.root) / FOLDER)
        stages = record["stages"]
        for cell in nb.cells:
            if not utils.is_grade(cell) or utils.is_solution(cell):
                continue
            name = cell.metadata.nbgrader["grade_id"]
            if name not in stages or cell.cell_type != "code":
                raise UserError(
                    f"The grade cell {name!r} belongs to no stage of the rubric, and notebooks are not executed here."
                )
            cell.execution_count = 1
            points = float(cell.metadata.nbgrader["points"])
            cell.outputs = outputs(rubric.get(name), stages[name], points, record["isolation"])
        return nb, resources


def outputs(stage: rubric.Stage, graded: dict[str, Any], max_points: float, isolation: str) -> list[NotebookNode]:
    """The outputs of a grade cell: the report, and exactly one result, a float that nbgrader takes as the score."""
    score = scaled(graded, max_points)
    page = report(stage, graded, score, max_points, isolation)
    shown = {"text/html": page, "text/plain": f"{stage.title}: {graded['outcome']}"}
    return [
        nbformat.v4.new_output("display_data", data=shown),
        nbformat.v4.new_output("execute_result", data={"text/plain": repr(score)}, execution_count=1),
    ]


def scaled(graded: dict[str, Any], max_points: float) -> float:
    """The points that a stage earns, in proportion to the points of its cell, which a teacher may have changed."""
    share = float(graded["points"] or 0.0) / float(graded["max_points"])
    return min(round(min(max(share, 0.0), 1.0) * max_points, 2), max_points)


def report(stage: rubric.Stage, graded: dict[str, Any], score: float, max_points: float, isolation: str) -> str:
    """A stage's tests and diagnosis as HTML, with the few tags that pages let through; all text is escaped."""
    passed = [test for test in graded["tests"] if test["outcome"] == "passed"]
    failed = [test for test in graded["tests"] if test["outcome"] != "passed"]
    label = LABELS.get(graded["outcome"], "label-danger")
    unwritten = graded["outcome"] == "todo" and not passed  # then the tests say no more than the diagnosis
    rows = "" if unwritten else "".join(_row(test, graded["diagnosis"]) for test in failed)
    earned = "no" if graded["points"] is None else f"{score:g}"
    parts = [
        f"<div><b>{escape(stage.title)}</b> "
        f'<span class="label {label}">{escape(graded["outcome"])}</span> '
        f"{earned} of {max_points:g} points, {len(passed)} of {len(graded['tests'])} tests</div>",
        *(f'<div class="alert alert-danger">⚑ {escape(plain_line(flag))}</div>' for flag in graded.get("flags", ())),
        f'<div class="alert alert-info">{escape(graded["diagnosis"])}</div>' if graded["diagnosis"] else "",
        f'<table class="table table-condensed">{rows}</table>' if rows else "",
        f"<div>✓ {' · '.join(_name(test) for test in passed)}</div>" if passed else "",
        f"<div><i>{escape(ISOLATION.get(isolation, isolation))}</i></div>",
    ]
    return "".join(parts)


def escape(text: Any) -> str:
    """Text of any origin as harmless HTML: no markup, no control or direction characters, of bounded length."""
    return html.escape(plain(text, MAX_MESSAGE))


def _name(test: dict[str, Any]) -> str:
    return escape(test["name"].removeprefix("test_").replace("_", " "))


def _row(test: dict[str, Any], diagnosis: str) -> str:
    said = test["message"].strip() in diagnosis  # which is shown above
    message = "" if said else f"<div>{escape(test['message'])}</div>"
    return f"<tr><td>✗</td><td>{_name(test)}</td><td>{escape(test['outcome'])}{message}</td></tr>"
