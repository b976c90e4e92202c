"""The grades as tables and files for other programs. Each format is one small function.

A cell that a spreadsheet would take for a formula gets an apostrophe before it, which spreadsheets show as text; so
does what follows a separator within a cell, where a spreadsheet in another language would split it. The file that
people open themselves, grades.csv, begins with a byte order mark, since Excel misreads names without it; files that
programs import do not. A student without points, refused or not graded, is left out there: an empty cell may delete a
grade.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from autograder import rubric
from autograder.grading.scheduler import Entry
from autograder.reporting.class_page import Row
from autograder.text import number, plain, plain_line

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full-width forms
MARK = "\ufeff"
_AFTER_SEPARATOR = re.compile(rf"([;,|][\s'\"]*)(?=[{re.escape(''.join(FORMULA))}])")


def grades(rows: Iterable[Row], stages: Sequence[rubric.Stage]) -> str:
    """Returns grades.csv: a row for each student, a column for each stage; blank where the grader failed."""
    table = [[f"{MARK}student_id", *(stage.id for stage in stages), "total", "max_points", "isolation", "flags"]]
    maximum = sum(stage.points for stage in stages)
    for row in rows:
        points = [_points(row.points[stage.id]) for stage in stages]
        lost = [] if row.refused else [stage.id for stage in stages if row.points[stage.id] is None]
        ungraded = [f"{stage_id}: not graded, the grader's own fault" for stage_id in lost]
        flags = "; ".join([*row.flags, *ungraded])
        table.append([row.student, *points, _points(row.total), str(maximum), row.isolation, flags])
    return _csv(table)


def canvas(rows: Iterable[Row], title: str, maximum: float) -> str:
    """Returns a CSV for Canvas's gradebook: students by their SIS login, one assignment, and its points."""
    table = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]]
    table.append(["    Points Possible", "", "", "", "", number(maximum)])
    table += [[row.student, "", "", row.student, "", _points(row.total)] for row in rows if row.total is not None]
    return _csv(table)


def moodle(rows: Iterable[Row], title: str) -> str:
    """Returns a CSV for Moodle's grade import: map `username`, the grade and its feedback when it asks."""
    table = [["username", title, f"{title} (feedback)"]]
    table += [[row.student, _points(row.total), "; ".join(row.flags)] for row in rows if row.total is not None]
    return _csv(table)


def gradescope(entry: Entry) -> str:
    """Returns one student's results.json for Gradescope: a test for each stage."""
    tests = []
    for stage_id, stage in entry.record["stages"].items():
        if stage["outcome"] == "infrastructure":
            continue  # an error in the grader is not a zero
        tests.append(
            {
                "name": f"{stage_id}: {rubric.get(stage_id).title}",
                "score": stage["points"],
                "max_score": stage["max_points"],
                "status": "passed" if stage["outcome"] == "passed" else "failed",
                "output": _report(stage),
                "output_format": "text",
                "tags": [stage_id, plain_line(stage["outcome"], 30)],
                "visibility": "visible",
            }
        )
    result: dict[str, Any] = {
        "output": "Graded by the hidden tests.",
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {"isolation": entry.record["isolation"]},
        "tests": tests,
    }
    return json.dumps(result, indent=1)


def cell(value: str) -> str:
    """Returns text on one line that no spreadsheet takes for a formula."""
    # A spreadsheet may drop leading spaces and quotes, so the test looks past them.
    hidden = value.startswith(FORMULA) or value.lstrip(" '\"").startswith(FORMULA)
    clean = plain_line(value)
    clean = _AFTER_SEPARATOR.sub(r"\1'", clean)
    return f"'{clean}" if hidden or clean.startswith(FORMULA) else clean


def _report(stage: dict[str, Any]) -> str:
    lines = [plain_line(flag) for flag in stage.get("flags", ())] + [plain(stage["diagnosis"]).strip()]
    for test in stage["tests"]:
        mark = "✓" if test["outcome"] == "passed" else "✗"
        message = test["message"].strip()
        shown = "" if not message or message == stage["diagnosis"].strip() else f": {plain(message)}"
        lines.append(f"{mark} {plain_line(test['name'], 200)}{shown}")
    return "\n".join(line for line in lines if line)


def _csv(table: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for number_of_row, cells in enumerate(table):
        writer.writerow(
            cells if number_of_row == 0 or cells[0].startswith("    ") else [cell(value) for value in cells]
        )
    return text.getvalue()


def _points(points: float | None) -> str:
    return "" if points is None else number(points)
