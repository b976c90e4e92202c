"""The page about a class: a table of students and stages, what is hard, and the commonest mistakes."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder import rubric
from autograder.grading import grade
from autograder.grading.scheduler import Entry
from autograder.reporting import svg
from autograder.reporting.feedback import ENVIRONMENT, LABELS, shade
from autograder.text import number, plain, plain_line

COMMONEST = 12  # diagnoses that are listed
LEGEND = (
    ("passed", "passed"),
    ("part", "some tests pass"),
    ("zero", "no points"),
    ("todo", "not written"),
    ("blocked", "blocked by another stage"),
    ("tampered", "tampered: 0 points"),
    ("fault", "not graded: the grader's fault"),
    ("refused", "refused: no marks"),
)


@dataclass(frozen=True)
class Row:
    """What tables need to know about a submission; the record itself is not kept.

    Attributes:
        student: the student's id.
        link: the student's page, from the output folder.
        points: of each stage; None where nothing was graded.
        outcomes: of each stage: outcome, CSS class, whether it is flagged.
        mistakes: (stage, first line of the diagnosis).
        flags: sentences about the submission, for the instructor.
        isolation: the level at which it was graded.
        refused: why it was not graded.
    """

    student: str
    link: str
    points: dict[str, float | None]
    outcomes: dict[str, tuple[str, str, bool]]
    mistakes: tuple[tuple[str, str], ...]
    flags: tuple[str, ...]
    isolation: str
    refused: str

    @property
    def total(self) -> float | None:
        """The sum; None while a stage has no marks."""
        known = [points for points in self.points.values() if points is not None]
        return round(sum(known), 2) if len(known) == len(self.points) else None


def row(entry: Entry) -> Row:
    """Returns the row of a submission."""
    stages: dict[str, dict[str, Any]] = entry.record["stages"]
    refused = plain_line(entry.done.refused)
    flags = [f"{stage_id}: {plain_line(flag)}" for stage_id, stage in stages.items() for flag in stage.get("flags", ())]
    tampered = [stage_id for stage_id, stage in stages.items() if stage["outcome"] == "tampered" and not stage["flags"]]
    flags += [f"{stage_id}: tampered" for stage_id in tampered]
    flags += entry.done.near
    mistakes = [
        (stage_id, plain(stage["diagnosis"]).strip().split("\n")[0][:300])
        for stage_id, stage in stages.items()
        if stage["outcome"] not in ("passed", "todo", "blocked", "tampered", *grade.BLANK)
        and stage["diagnosis"].strip()
    ]
    return Row(
        student=entry.done.submission.student_id,
        link=f"feedback/{entry.done.submission.name}.html",
        points={
            stage_id: None if stage["outcome"] in grade.BLANK else stage["points"] for stage_id, stage in stages.items()
        },
        outcomes={
            stage_id: (stage["outcome"], shade(stage), bool(stage.get("flags"))) for stage_id, stage in stages.items()
        },
        mistakes=tuple(mistakes),
        flags=(f"refused: {refused}", *flags) if refused else tuple(flags),
        isolation=entry.record["isolation"],
        refused=refused,
    )


def page(rows: Sequence[Row], stages: Sequence[rubric.Stage], about: dict[str, Any], notes: Sequence[str]) -> str:
    """Returns the page.

    Args:
        rows: the class.
        stages: the stages that were graded.
        about: `isolation`, `seed` and `suite`.
        notes: sentences about what else was found.
    """
    totals = [row.total for row in rows if row.total is not None]
    maximum = sum(stage.points for stage in stages)
    return ENVIRONMENT.get_template("class_page.html").render(
        rows=[_view(row) for row in rows],
        stages=stages,
        max_points=maximum,
        mean=number(round(statistics.mean(totals), 1)) if totals else None,
        median=number(round(statistics.median(totals), 1)) if totals else None,
        faulty=[row.student for row in rows if row.total is None and not row.refused],
        refused=[row for row in rows if row.refused],
        flagged=[row for row in rows if row.flags and not row.refused],
        legend=LEGEND,
        histogram=svg.histogram(totals, maximum),
        means=svg.bars([(stage.id, _mean(rows, stage) / stage.points) for stage in stages]),
        diagnoses=_commonest(rows),
        notes=notes,
        **about,
    )


def _view(row: Row) -> dict[str, Any]:
    cells = []
    for stage_id, (outcome, css, flagged) in row.outcomes.items():
        points = row.points[stage_id]
        shown = "–" if points is None else number(points)
        label = LABELS.get(outcome, plain_line(outcome, 30))
        cells.append({"id": stage_id, "shade": css, "label": label, "points": shown, "flagged": flagged})
    return {
        "student": row.student,
        "link": row.link,
        "refused": row.refused,
        "cells": cells,
        "total": "–" if row.total is None else number(row.total),
    }


def _mean(rows: Sequence[Row], stage: rubric.Stage) -> float:
    known = [points for row in rows if (points := row.points[stage.id]) is not None]
    return statistics.mean(known) if known else 0.0


def _commonest(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The commonest diagnoses; those that differ only in their numbers count as one."""
    found: dict[tuple[str, str], list[tuple[str, Row]]] = defaultdict(list)
    for item in rows:
        for stage_id, text in item.mistakes:
            found[stage_id, re.sub(r"\d+(?:\.\d+)?", "#", text)].append((text, item))
    commonest = sorted(found, key=lambda same: (-len(found[same]), same))[:COMMONEST]
    return [
        {
            "stage": same[0],
            "text": min(text for text, _ in found[same]),
            "students": [{"name": row.student, "link": row.link} for _, row in found[same]],
        }
        for same in commonest
    ]
