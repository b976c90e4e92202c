"""The attacks on nbgrader: a real course in which each of them is a student, graded by stock `nbgrader autograde`.

All students hand in the same stages, the reference without the attacked one, so that the hidden suites run once.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import graded_course
from graded_course import SECOND, Course

from autograder import rubric
from bank import hostile
from bank.attacks import signs
from bank.attacks.firing_range import Record

STAGE = "nt_xent"  # what all of them attack
Grades = dict[tuple[str, str], graded_course.Grade]


def run(folder: Path) -> list[Record]:
    """Grades a class of attackers and an honest student. Returns a record of each attack.

    Args:
        folder: exists; the course is made in it.
    """
    course = Course(folder / "course")
    outbox = folder / "outbox"
    outbox.mkdir()
    course.run("course", str(course.folder), module="autograder")
    course.run("generate_assignment", "homework")
    attacks = hostile.attacks("notebooks")
    for attack in attacks:
        _hand_in(course, attack, outbox)
    honest = _target(course, "honest")
    graded_course._solve(honest)
    before = signs.snapshot(course.folder / "submitted" / "honest")
    start = time.monotonic()
    course.run("autograde", "homework")
    course.run("generate_feedback", "homework")
    seconds = (time.monotonic() - start) / (len(attacks) + 1)
    grades = course.grades()
    records = [_record(course, attack, grades, seconds) for attack in attacks]
    common = [f"{path.name} was written by a notebook" for path in outbox.iterdir()]
    common += signs.changes(before, signs.snapshot(course.folder / "submitted" / "honest"))
    common += _missed(grades, "honest", [stage.id for stage in rubric.STAGES])
    for record in records:
        record.achieved += common
    return records


def _target(course: Course, student: str) -> Path:
    target = course.folder / "submitted" / student / "homework"
    shutil.copytree(course.folder / "release" / "homework", target)
    return target


def _hand_in(course: Course, attack: hostile.Attack, outbox: Path) -> None:
    target = _target(course, attack.slug)
    graded_course._solve(target)
    hostile.unwrite(target, STAGE)
    notebook = json.loads((target / SECOND).read_text(encoding="utf-8"))
    module = attack.load()
    module.OUTBOX = str(outbox)
    content = module.tamper(notebook)
    (target / SECOND).write_bytes(json.dumps(notebook).encode() if content is None else content)


def _record(course: Course, attack: hostile.Attack, grades: Grades, seconds: float) -> Record:
    record = Record(attack.group, str(attack), "nbgrader", seconds=seconds)
    own = grades.get((attack.slug, STAGE))
    record.points = (own.score or 0.0) if own else 0.0
    record.outcome = "tampered" if attack.load().REPORTED else "error"
    if own is None or own.score is None:
        record.achieved.append("the attacked stage has no score")
    elif own.score or own.max_score != rubric.get(STAGE).points:
        record.achieved.append(f"{own.score:g} of {own.max_score:g} points for {STAGE}")
    others = (
        []
        if attack.witness is None
        else [stage.id for stage in rubric.STAGES if stage.id not in (STAGE, "simclr_training")]
    )
    record.achieved += _missed(grades, attack.slug, others)
    page = course.feedback(attack.slug, SECOND)
    record.achieved += [f"the page runs {tag}" for tag in signs.scripts_of(page, "owned")]
    reported = attack.load().REPORTED
    record.diagnosis = reported
    if reported.replace("`", "") not in page.replace("<code>", "").replace("</code>", ""):
        record.unexpected = f"the page does not say: {reported}"
    cells = course.notebook("autograded", attack.slug, SECOND)["cells"]
    marked = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") == STAGE]
    if len(marked) != 1 or len([o for o in marked[0]["outputs"] if o["output_type"] == "execute_result"]) != 1:
        record.achieved.append("the grade cell does not have exactly one result")
    elif "tags" in marked[0]["metadata"]:
        record.achieved.append("its tags are still there")
    return record


def _missed(grades: Grades, student: str, stages: list[str]) -> list[str]:
    return [
        f"{student} has {grades[student, stage].score if (student, stage) in grades else None} points for {stage}"
        for stage in stages
        if (student, stage) not in grades or grades[student, stage].score != rubric.get(stage).points
    ]
