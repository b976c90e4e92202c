"""Stock nbgrader, with our configuration, on a small class of real submissions."""

from __future__ import annotations

import csv
import html.parser
import json
import math
import os
import re
import shutil
import zipfile
from pathlib import Path

import graded_course
import pytest
from graded_course import FIRST, SCRIPT, SECOND, STUDENTS, Course

from autograder import rubric
from autograder.commands import course
from autograder.errors import UserError
from autograder.grading import grade as records
from autograder.nbgrader import config, record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("nbgrader")]
ANSWERS = ("why_mean", "why_shot", "why_h", "why_temperature")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The class of `graded_course.py`, graded."""
    folder = tmp_path_factory.getbasetemp() / "nbgrader"
    folder.mkdir(exist_ok=True)
    return graded_course.shared(folder / "course")


@pytest.fixture(scope="module")
def grades(graded: Course) -> dict[tuple[str, str], graded_course.Grade]:
    return graded.grades()


def points(grades: dict[tuple[str, str], graded_course.Grade], student: str) -> dict[str, float]:
    """What the stages earned."""
    found = {stage.id: grades[student, stage.id].score for stage in rubric.STAGES}
    assert None not in found.values()
    return {stage_id: score or 0.0 for stage_id, score in found.items()}


# The course ---------------------------------------------------------------------------------------------------------


def test_the_source_holds_the_stubs_and_no_solution(graded: Course, root: Path) -> None:
    source = graded.folder / "source" / "homework"
    for module in rubric.MODULES:
        text = (source / "stages" / f"{module}.py").read_bytes()
        assert text == (root / "assignment" / "stages" / f"{module}.py").read_bytes()
        assert b"SOLUTION" not in text
        assert text != (root / "solutions" / "stages" / f"{module}.py").read_bytes()
    assert (source / FIRST).is_file()
    assert (source / SECOND).is_file()
    assert (source / "experiments" / "protonet.py").is_file()


def test_the_release_has_a_locked_cell_for_each_stage_and_the_questions(graded: Course) -> None:
    cells = [cell for name in (FIRST, SECOND) for cell in graded.notebook("release", ".", name)["cells"]]
    marked = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells if "nbgrader" in cell["metadata"]}
    assert set(marked) == {stage.id for stage in rubric.STAGES} | set(ANSWERS)
    for stage in rubric.STAGES:
        cell = marked[stage.id]
        assert cell["metadata"]["nbgrader"]["points"] == stage.points
        assert cell["metadata"]["nbgrader"]["locked"]
        assert "".join(cell["source"]) == f'grade("{stage.id}")'


def test_a_course_is_not_written_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        course.write(tmp_path)
    with pytest.raises(UserError, match="cannot name"):
        course.write(tmp_path / "new", course_id="../x")


def test_archives_are_collected_with_their_stages(graded: Course) -> None:
    archive = graded.folder / "downloaded" / "homework" / "archive" / "ada_l-hw01.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as file:
        for name in (FIRST, "stages/protonet.py", "torch.py", "tests/test_protonet.py", "handout/stages/simclr.py"):
            file.writestr(name, "{}")
    graded.run("zip_collect", "homework")
    target = graded.folder / "submitted" / "ada_l" / "homework"
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    shutil.rmtree(target.parent)  # the class stays as the other tests know it
    assert found - {"timestamp.txt"} == {FIRST, "stages/protonet.py"}  # handout/ lies beside the submission


# Scores -------------------------------------------------------------------------------------------------------------


def test_the_solutions_get_everything(grades: dict) -> None:
    assert points(grades, "full") == {stage.id: stage.points for stage in rubric.STAGES}


def test_the_untouched_release_gets_nothing(grades: dict) -> None:
    assert points(grades, "stub") == {stage.id: 0.0 for stage in rubric.STAGES}


def test_half_the_work_gets_its_part(graded: Course, grades: dict) -> None:
    found = points(grades, "half")
    for stage_id in ("read_omniglot", "sample_episode", "conv_block", "prototypes"):
        assert found[stage_id] == rubric.get(stage_id).points
    for stage in rubric.STAGES:
        if stage.module in ("report", "simclr", "linear_eval"):
            assert found[stage.id] == 0
    assert 0 < found["distances"] < 8
    said = r"Squared Euclidean distances wrong ([\d.]+) of 8 points, (\d+) of (\d+) tests"
    score, passed, of = re.search(said, _Page(graded.feedback("half", FIRST)).text).groups()
    assert found["distances"] == float(score) == round(8 * int(passed) / int(of), 2)


def test_the_export_has_the_sums(graded: Course, grades: dict) -> None:
    with (graded.folder / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert rows.pop("linked") == ""  # refused, and so blank
    rows = {student: float(score) for student, score in rows.items()}
    assert rows["full"] == 100
    assert rows["stub"] == 0
    assert rows["broken"] == 100
    for student in set(STUDENTS) - {"linked"}:
        assert rows[student] == pytest.approx(sum(points(grades, student).values()))


@pytest.mark.parametrize("student", STUDENTS)
@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_each_grade_cell_shows_one_finite_number_and_nothing_on_stderr(
    graded: Course, grades: dict, student: str, name: str
) -> None:
    cells = graded.notebook("autograded", student, name)["cells"]
    marked = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("locked")]
    assert len(marked) == sum(f"{stage.notebook}.ipynb" == name for stage in rubric.STAGES)
    for cell in marked:
        marks = cell["metadata"]["nbgrader"]
        results = [output for output in cell["outputs"] if output["output_type"] == "execute_result"]
        (text,) = ["".join(result["data"]["text/plain"]) for result in results]
        assert math.isfinite(float(text))
        score = grades[student, marks["grade_id"]].score
        assert (score is None) == (student == "linked")
        assert float(text) == (score or 0.0)
        assert 0 <= float(text) <= marks["points"] == rubric.get(marks["grade_id"]).points
    for cell in cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr"
            assert output["output_type"] != "error"


# What a submission may not do ---------------------------------------------------------------------------------------


def test_files_of_the_same_names_replace_nothing(graded: Course, grades: dict) -> None:
    found = points(grades, "tampered")
    assert found["nt_xent"] == 0
    others = {stage.id: stage.points for stage in rubric.STAGES if stage.id not in ("nt_xent", "simclr_training")}
    assert {stage_id: found[stage_id] for stage_id in others} == others
    assert not graded.trap.exists(), graded.trap.read_text()


def test_changed_cells_are_put_back_and_reported(graded: Course) -> None:
    cells = graded.notebook("autograded", "tampered", SECOND)["cells"]
    marked = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in cells if "nbgrader" in cell["metadata"]}
    for stage in rubric.STAGES:
        if stage.notebook == rubric.SIMCLR:
            assert "".join(marked[stage.id]["source"]) == f'grade("{stage.id}")'
            assert marked[stage.id]["cell_type"] == "code"
            assert "tags" not in marked[stage.id]["metadata"]
    page = graded.feedback("tampered", SECOND)
    for report in (
        "The cell <code>nt_xent</code> appeared 2 times",
        "The cell <code>projection_head</code> was missing",
        "The locked cell <code>linear_probe</code> was changed",
    ):
        assert report in page


def test_links_and_unknown_files_go_no_further(graded: Course) -> None:
    assert not list((graded.folder / "submitted" / "tampered" / "homework").glob("*.pyc"))
    for step in ("autograded", "feedback"):
        folder = graded.folder / step / "tampered" / "homework"
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        unwanted = {"stolen.db", "stages/stolen.py", "torch.py", "autograder/rubric.py", "tests/test_nt_xent.py"}
        assert not names & unwanted
        assert "stages/simclr.py" in names


def test_what_one_has_graded_the_other_only_reads(graded: Course, grades: dict) -> None:
    assert graded.kept
    assert {name: graded.autograded.get(name) for name in graded.kept} == graded.kept
    assert len(graded.autograded) == len(graded.kept) + 1  # the late one's
    assert graded.results() == graded.autograded  # which `autograder grade` reads in turn
    found = json.loads((graded.output / "results.json").read_text(encoding="utf-8"))["submissions"]
    assert {item["student_id"] for item in found} == set(STUDENTS)
    for item in found:
        scores = {stage_id: stage["points"] for stage_id, stage in item["stages"].items()}
        assert scores == {stage.id: grades[item["student_id"], stage.id].score for stage in rubric.STAGES}


def test_a_student_without_a_notebook_has_grades_all_the_same(graded: Course, grades: dict) -> None:
    assert sum(points(grades, "bare").values()) == 100
    assert "was not handed in, or has no cells" in graded.feedback("bare", FIRST)
    assert (graded.folder / "submitted" / "bare" / "homework" / FIRST).is_file()


def test_a_link_is_refused_and_shows_nothing_of_its_target(graded: Course, grades: dict) -> None:
    found = [grades["linked", stage.id] for stage in rubric.STAGES]
    assert {(grade.score, grade.needs_a_reader) for grade in found} == {(None, True)}  # no zero: a person has to look
    assert "stages/report.py is a link" in graded.feedback("linked", FIRST)
    for step in ("autograded", "feedback"):
        for path in (graded.folder / step / "linked").rglob("*"):
            assert path.is_dir() or b"SQLite format 3" not in path.read_bytes(), path


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no isolation here")
def test_the_grade_cell_tells_what_was_flagged_and_how_the_code_was_isolated(graded: Course, grades: dict) -> None:
    assert points(grades, "late") == {
        stage.id: 0 if stage.id == "sample_episode" else stage.points for stage in rubric.STAGES
    }
    page = graded.feedback("late", FIRST)
    assert re.search(r"stages/episodes\.py, line \d+ opened a socket", page)
    assert re.search(r"isolation: (landlock|namespaces|limits)", page)
    assert "opened a socket" not in graded.feedback("full", FIRST)


def test_a_broken_and_a_forgotten_notebook_cost_no_points_of_the_stages(graded: Course, grades: dict) -> None:
    assert sum(points(grades, "broken").values()) == 100
    assert "could not be read as a notebook" in graded.feedback("broken", FIRST)
    assert "was not handed in, or has no cells" in graded.feedback("broken", SECOND)


# Reading ------------------------------------------------------------------------------------------------------------


def test_written_answers_wait_for_a_reader_and_untouched_ones_do_not(grades: dict) -> None:
    for name in ANSWERS:
        assert grades["full", name].needs_a_reader
        assert grades["full", name].score is None
        assert grades["full", name].max_score == 5
        assert not grades["stub", name].needs_a_reader
        assert grades["stub", name].score == 0
        assert grades["broken", name].needs_a_reader  # the cell is gone, not unanswered


def test_feedback_tells_what_is_wrong(graded: Course) -> None:
    (graded_json,) = [
        result
        for path in map((graded.folder / record.FOLDER).joinpath, graded.results())
        for result in [json.loads(path.read_text())["stages"]["distances"]]
        if 0 < result["points"] < 8
    ]
    page = _Page(graded.feedback("half", FIRST))
    assert graded_json["diagnosis"]
    assert " ".join(graded_json["diagnosis"].split()) in page.text
    assert "TODO nt_xent" in _Page(graded.feedback("half", SECOND)).text


@pytest.mark.parametrize(("student", "name"), [("full", FIRST), ("tampered", SECOND)])
def test_pages_run_nothing_that_a_student_wrote(graded: Course, student: str, name: str) -> None:
    page = _Page(graded.feedback(student, name))
    assert SCRIPT.split(">")[0] in page.text  # shown as text
    assert not [script for script in page.scripts if "owned" in script]
    assert not [value for value in page.attributes if "owned" in value or value.lower().startswith("javascript:")]


class _Page(html.parser.HTMLParser):
    """The text that a page shows, its scripts, and the values of its attributes that may run or load something."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.scripts: list[str] = []
        self.attributes: list[str] = []
        self._within = ""
        self.feed(page)
        self.text = " ".join("".join(self.pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.attributes += [value or "" for name, value in attrs if name in ("href", "src") or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            self.scripts.append(data)
        elif self._within != "style":
            self.pieces.append(data)


# Without a course ---------------------------------------------------------------------------------------------------


def _result() -> dict:
    return {
        "stages": {
            stage.id: {
                "points": 1.0,
                "max_points": stage.points,
                "outcome": "wrong",
                "tests": [],
                "diagnosis": "",
                "mistake": "",
                "flags": [],
            }
            for stage in rubric.STAGES
        }
    }


@pytest.mark.parametrize("bad", [math.nan, math.inf, "8", None, True])
def test_a_score_that_is_no_finite_number_is_an_error(bad: object) -> None:
    result = _result()
    result["stages"]["nt_xent"]["points"] = bad
    with pytest.raises(UserError, match="nt_xent"):
        records.checked(result, rubric.STAGES)


def test_a_missing_stage_or_the_graders_own_fault_is_an_error_and_no_zero() -> None:
    result = _result()
    del result["stages"]["prototypes"]
    with pytest.raises(UserError, match="prototypes"):
        records.checked(result, rubric.STAGES)
    result = _result()
    result["stages"]["prototypes"]["outcome"] = "infrastructure"
    with pytest.raises(UserError, match="grade again"):
        records.checked(result, rubric.STAGES)


def test_scores_are_clamped() -> None:
    result = _result()
    result["stages"]["nt_xent"]["points"] = 1e9
    result["stages"]["distances"]["points"] = -1
    stages = records.checked(result, rubric.STAGES)["stages"]
    assert stages["nt_xent"]["points"] == 12
    assert stages["distances"]["points"] == 0


def test_an_unchanged_submission_is_not_graded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(record, "grade", lambda handed, seed, required: calls.append(handed) or _result())
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "simclr.py").write_text("x = 1")
    for _ in range(2):
        record.record_of(tmp_path, tmp_path / "store")
    assert len(calls) == 1
    (tmp_path / "stages" / "simclr.py").write_text("x = 2")
    record.record_of(tmp_path, tmp_path / "store")
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/c/extracted/ada-hw01/1_prototypical_networks.ipynb", ("ada", "1_prototypical_networks")),
        ("/c/extracted/ada-hw2/stages/simclr.py", ("ada", "stages/simclr")),
        ("/c/extracted/ada_b-hw1/2_simclr (1).ipynb", ("ada_b", "2_simclr (1)")),
        ("/c/extracted/ada_b-hw01/top/stages/simclr.py", None),  # the extractor writes no folder between
        ("/c/extracted/ada-hw01/stages/simclr.ipynb", None),
        ("/c/extracted/ada-hw01/torch.py", None),
        ("/c/extracted/ada-hw01/tests/test_simclr.py", None),
        ("/c/extracted/ada/stages/simclr.py", None),
    ],
)
def test_collected_names(path: str, expected: tuple[str, str] | None) -> None:
    match = re.match(config.COLLECTED, path)
    assert (match and (match["student_id"], match["file_id"])) == expected
