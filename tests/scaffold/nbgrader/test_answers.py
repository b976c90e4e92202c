"""Written answers and scores in a real gradebook, from `autograder collect` to the export of stock nbgrader.

renamed    answers in notebooks of other names
below      answers in cells of their own below the untouched prompts
dressed    the same, and the outputs of the grade cells replaced: one writes to stderr, one says what is no number
untouched  the release as it is

The scores of the stages are put into the course's store, as `autograder grade` would; no stage's code runs here.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from graded_course import FIRST, SECOND, Course, Grade

from autograder import rubric
from autograder.grading import grade, results_store
from autograder.nbgrader import answers
from autograder.submissions import discovery

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("nbgrader")]
STUDENTS = ("renamed", "below", "dressed", "untouched")
ANSWERS = {FIRST: ("why_mean", "why_shot"), SECOND: ("why_h", "why_temperature")}
OTHER_NAMES = {FIRST: "1_prototypical_networks (1).ipynb", SECOND: "Simclr von Zoë.ipynb"}
NEXT = {12: 6, 6: 24}  # what the teacher makes of the points of `nt_xent`
EARNED = {12: 11.33, 6: 5.67, 24: 22.66}
MINE = "My own words on"


@dataclass(frozen=True)
class Graded:
    """The course, and what it had at each number of points of `nt_xent`: its gradebook, and the exported scores."""

    course: Course
    grades: dict[int, dict[tuple[str, str], Grade]]
    exported: dict[int, dict[str, float]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Collects and grades the class, and grades it again when the points have changed."""
    folder = tmp_path_factory.mktemp("answers") / "course"
    course = Course(folder)
    course.run("course", str(folder), module="autograder")
    course.run("generate_assignment", "homework")
    handed_in = folder.parent / "handed in"
    for student in STUDENTS:
        _hand_in(student, folder / "release" / "homework", handed_in / student)
    shutil.make_archive(str(handed_in / "renamed"), "zip", handed_in / "renamed")
    shutil.rmtree(handed_in / "renamed")
    course.run("collect", str(handed_in), "--output", str(folder), module="autograder")
    for student in STUDENTS:
        _put_scores(folder, folder / "submitted" / student / "homework")
    found = Graded(course, {}, {})
    points = 12
    while True:
        course.run("autograde", "homework", "--force", *(() if points == 12 else ("--notebook", SECOND.split(".")[0])))
        course.run("export")
        found.grades[points] = course.grades()
        with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
            found.exported[points] = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
        if points not in NEXT:
            return found
        _change_points(folder / "source" / "homework" / SECOND, points := NEXT[points])
        course.run("generate_assignment", "homework", "--force")


@pytest.mark.parametrize(("points", "earned"), EARNED.items())
def test_a_score_keeps_its_share_when_a_cell_has_other_points(done: Graded, points: int, earned: float) -> None:
    rest = sum(stage.points for stage in rubric.STAGES) - 12 - rubric.get("two_views").points
    for student in STUDENTS:
        grade = done.grades[points][student, "nt_xent"]
        assert (grade.score, grade.max_score) == (pytest.approx(earned), points)
        assert not grade.needs_a_reader
        assert done.exported[points][student] == pytest.approx(rest + earned)


def test_a_forged_output_of_a_grade_cell_neither_takes_nor_gives_points(done: Graded) -> None:
    grades = done.grades[12]
    assert grades["dressed", "nt_xent"].score == 11.33  # its cell wrote to stderr, which nbgrader takes for a zero
    assert grades["dressed", "two_views"].score == 0  # its cell said "all", which nbgrader takes for full marks
    cells = done.course.notebook("autograded", "dressed", SECOND)["cells"]
    assert "stderr" not in json.dumps([cell.get("outputs") for cell in cells])


@pytest.mark.parametrize("points", EARNED)
@pytest.mark.parametrize("student", STUDENTS)
def test_a_reader_gets_every_answer_wherever_it_was_written(done: Graded, student: str, points: int) -> None:
    for name in (name for names in ANSWERS.values() for name in names):
        grade = done.grades[points][student, name]
        assert grade.max_score == 5
        assert (grade.score, grade.needs_a_reader) == ((0, False) if student == "untouched" else (None, True)), name


@pytest.mark.parametrize("name", [FIRST, SECOND])
@pytest.mark.parametrize("student", ["renamed", "below", "dressed"])
def test_an_answer_stands_in_its_cell_or_is_pointed_at_from_there(done: Graded, student: str, name: str) -> None:
    cells = [("".join(cell["source"]), cell) for cell in done.course.notebook("autograded", student, name)["cells"]]
    for answer in ANSWERS[name]:
        (place,) = [at for at, (_, cell) in enumerate(cells) if _mark(cell).get("grade_id") == answer]
        if student == "renamed":
            assert cells[place][0] == f"{MINE} {answer}"
        else:
            assert cells[place][0].startswith(answers.BESIDE)
            assert cells[place + 1][0] == f"{MINE} {answer}"


def test_a_notebook_of_another_name_is_collected_and_its_name_told(done: Graded) -> None:
    folder = done.course.folder / "submitted" / "renamed" / "homework"
    assert {path.name for path in folder.glob("*.ipynb")} == {*OTHER_NAMES, *OTHER_NAMES.values()}
    for name, other in OTHER_NAMES.items():
        first = done.course.notebook("autograded", "renamed", name)["cells"][0]
        assert f"another name, {other}" in "".join(first["outputs"][0]["data"]["text/html"])


# The class ----------------------------------------------------------------------------------------------------------


def _hand_in(student: str, release: Path, target: Path) -> None:
    shutil.copytree(release, target)
    with (target / "stages" / "report.py").open("a", encoding="utf-8") as file:
        file.write(f"\n# {student}\n")  # no two share a result
    edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = {
        "renamed": _write_answers,
        "below": _write_below,
        "dressed": lambda cells: _write_below(_forge(cells)),
        "untouched": lambda cells: cells,
    }[student]
    for name in (FIRST, SECOND):
        notebook = json.loads((target / name).read_text(encoding="utf-8"))
        notebook["cells"] = edit(notebook["cells"])
        (target / name).unlink()
        shown = OTHER_NAMES[name] if student == "renamed" else name
        (target / shown).write_text(json.dumps(notebook), encoding="utf-8")


def _write_answers(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell | ({"source": f"{MINE} {_mark(cell)['grade_id']}"} if _is_answer(cell) else {}) for cell in cells]


def _write_below(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    written = []
    for cell in cells:
        written.append(cell)
        if _is_answer(cell):
            written.append(dict(nbformat.v4.new_markdown_cell(f"{MINE} {_mark(cell)['grade_id']}")))
    return written


def _forge(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    noise = dict(nbformat.v4.new_output("stream", name="stderr", text="UserWarning: something"))
    words = dict(nbformat.v4.new_output("execute_result", data={"text/plain": "all"}, execution_count=1))
    forged = {"nt_xent": [noise], "two_views": [words]}
    for cell in cells:
        cell |= {"outputs": forged[_mark(cell)["grade_id"]]} if _mark(cell).get("grade_id") in forged else {}
    return cells


def _mark(cell: dict[str, Any]) -> dict[str, Any]:
    return dict(cell["metadata"].get("nbgrader", {}))


def _is_answer(cell: dict[str, Any]) -> bool:
    return bool(_mark(cell).get("solution"))


def _put_scores(course: Path, submission: Path) -> None:
    earned = {"nt_xent": 11.33, "two_views": 0}
    stages = {
        stage.id: {
            "points": earned.get(stage.id, stage.points),
            "max_points": stage.points,
            "outcome": "wrong" if stage.id in earned else "passed",
            "tests": [],
            "diagnosis": "",
            "mistake": "",
            "flags": [],
        }
        for stage in rubric.STAGES
    }
    record = {"seed": 1, "isolation": grade.level(), "stages": stages}
    results_store.Store(course / results_store.FOLDER).save(
        results_store.key(discovery.read(submission)), rubric.STAGES, record
    )


def _change_points(path: Path, points: int) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if _mark(cell).get("grade_id") == "nt_xent"]
    cell["metadata"]["nbgrader"]["points"] = points
    path.write_text(json.dumps(notebook), encoding="utf-8")
