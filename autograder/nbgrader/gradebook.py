"""Reads the scores of each stage out of a course's gradebook."""

from __future__ import annotations

from pathlib import Path

from autograder import rubric


def stage_scores(course: Path, assignment: str = "homework") -> dict[str, dict[str, float | None]]:
    """Returns the automatic score of every stage of every submission: student id -> stage id -> points.

    None stands for a stage that has no score yet.

    Args:
        course: the folder with `gradebook.db`.
        assignment: the assignment's name.
    """
    from nbgrader.api import Gradebook

    scores: dict[str, dict[str, float | None]] = {}
    ids = {stage.id for stage in rubric.STAGES}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            row: dict[str, float | None] = dict.fromkeys((stage.id for stage in rubric.STAGES), None)
            for notebook in submission.notebooks:
                row.update({grade.name: grade.auto_score for grade in notebook.grades if grade.name in ids})
            scores[submission.student.id] = row
    return dict(sorted(scores.items()))
