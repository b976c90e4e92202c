"""The grades of a course as CSV: nbgrader's columns, blank where nothing is graded yet, and no formula in any cell."""

# nbgrader has no types:
# mypy: allow-subclassing-any

from __future__ import annotations

import csv
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.reporting.exports import cell

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


class BlankExport(CsvExportPlugin):
    """nbgrader's CSV, except that a submission with a stage that has no score yet does not get a zero for it."""

    def export(self, gradebook: Gradebook) -> None:
        """Writes the file; the options are those of the stock plug-in."""
        students, assignments = set(map(str, self.student)), set(map(str, self.assignment))
        destination = self.to or "grades.csv"
        self.log.info("Exporting grades to %s", destination)
        with open(destination, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    wanted = (not students or student.id in students) and (
                        not assignments or assignment.name in assignments
                    )
                    if wanted:
                        row = _row(gradebook, assignment, student)
                        table.writerow(["" if row[name] is None else cell(str(row[name])) for name in COLUMNS])


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> dict[str, Any]:
    row = dict.fromkeys(COLUMNS) | {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:  # nothing was handed in, which nbgrader counts as zero
        return row | {"raw_score": 0.0, "late_submission_penalty": 0.0, "score": 0.0}
    row["timestamp"] = submission.timestamp
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if any(
        grade.cell.cell_type == "code" and grade.auto_score is None and grade.manual_score is None for grade in grades
    ):
        return row
    penalty = submission.late_submission_penalty
    score = max(0.0, submission.score - (penalty or 0.0))
    return row | {"raw_score": submission.score, "late_submission_penalty": penalty, "score": score}
