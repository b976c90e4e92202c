"""Diagnoses: a known mistake is recognised however it is written, an unknown one is not, and doubt says nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder import misconceptions, rubric
from autograder.grading import grade
from autograder.misconceptions import diagnosis
from autograder.runner import run as runner
from autograder.runner.results import StageResult
from autograder.student import known_mistakes
from autograder.submissions.folder import read_folder

ROOT = Path(__file__).resolve().parents[3]
ROOTED = """
def squares(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(-1)


def squared_euclidean(q, p):
    return squares(q, p) ** 0.5
"""
UNKNOWN = """
def squared_euclidean(queries, prototypes):
    return ((queries[:, None] - prototypes) ** 2).sum(dim=2) + 0.37
"""
UNWRITTEN = """
def squared_euclidean(queries, prototypes):
    raise NotImplementedError("TODO distances")
"""


def submission(folder: Path, code: str, module: str = "protonet") -> Path:
    shutil.copytree(ROOT / "solutions" / "stages", folder / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "stages" / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\n{code}")
    return folder


def results(folder: Path, suite: runner.Suite, seed: int = 0) -> list[StageResult]:
    return runner.run(folder, [rubric.get("distances")], suite, jobs=1, seed=seed)


@pytest.mark.parametrize("seed", [0, 4711])
def test_a_known_mistake_is_recognised_however_it_is_written(tmp_path: Path, seed: int) -> None:
    (result,) = diagnosis.explained(results(submission(tmp_path, ROOTED), "hidden", seed), seed, None)
    assert result.mistake == "rooted"
    known = misconceptions.of("distances")["rooted"]
    assert result.diagnosis == known.text
    assert result.mistake == "rooted"
    (seen,) = known_mistakes.explained(results(tmp_path, "visible"))
    assert seen.mistake == result.mistake
    assert seen.diagnosis == known.text


@pytest.mark.parametrize("code", [UNKNOWN, UNWRITTEN, ""])
def test_what_nobody_knows_is_left_to_the_tests(tmp_path: Path, code: str) -> None:
    submission(tmp_path, code)
    for suite, explain in (
        ("hidden", lambda found: diagnosis.explained(found, 0, None)),
        ("visible", known_mistakes.explained),
    ):
        found = results(tmp_path, suite)  # type: ignore[arg-type]
        assert explain(found) == found


def test_doubt_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = results(submission(tmp_path / "one", ROOTED), "hidden")
    (suspect,) = [one for one in diagnosis.programs("distances") if one.slug == "rooted_by_hand"]
    twin = diagnosis.Program("distances", tmp_path / "cosine.py")  # another mistake that looks the same
    twin.path.write_text(suspect.path.read_text(encoding="utf-8").replace("# mistake: rooted", ""), encoding="utf-8")
    failing = diagnosis.table.hidden("distances")[suspect.slug]
    monkeypatch.setattr(diagnosis.table, "hidden", lambda stage: {suspect.slug: failing, twin.slug: failing})
    for known, said in (([suspect], True), ([twin], True), ([suspect, twin], False)):
        monkeypatch.setattr(diagnosis, "programs", lambda stage, known=known: known)
        assert (diagnosis.mistake_of(found, diagnosis.Grader(0, None)) is not None) == said


def test_a_diagnosis_that_fails_costs_nobody_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    handed = read_folder(submission(tmp_path, ROOTED))
    monkeypatch.setattr(diagnosis, "explained", fail)
    record = grade.grade(handed, [rubric.get("distances")], 0, grade.NONE)
    stage = record["stages"]["distances"]
    assert (stage["outcome"], stage["mistake"]) == ("wrong", "")
    assert stage["points"] < stage["max_points"]
    assert "square" in stage["diagnosis"].lower()


def test_a_graded_submission_carries_the_mistake(tmp_path: Path) -> None:
    record = grade.grade(read_folder(submission(tmp_path, ROOTED)), [rubric.get("distances")], 7, grade.level())
    stage = record["stages"]["distances"]
    assert stage["mistake"] in misconceptions.of("distances")
    assert stage["diagnosis"] == misconceptions.of("distances")[stage["mistake"]].text
    assert [test["outcome"] for test in stage["tests"]].count("wrong") > 0, "the tests stay as they are"
