"""`autograder grade`: a small mixed class through the sandbox, and the scheduler with a grader that fails to order."""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder import files, rubric, sandbox
from autograder.commands import grade as command
from autograder.errors import UserError
from autograder.grading import grade as grading
from autograder.grading import records, results_store, scheduler
from autograder.reporting import exports
from autograder.submissions import discovery
from autograder.submissions.allowlist import Handed
from autograder.text import plain

ROOT = Path(__file__).resolve().parents[3]
STAGES = rubric.select(["prototypes", "distances"])
EVIL = "<script>document.title='owned'</script>\\x1b[31m\\u202egnp\\x07=1+1"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs signals and locks of a POSIX system")

pytestmark = pytest.mark.timeout(240)


def hand_in(folder: Path, extra: str = "", module: str = "protonet") -> Path:
    """The reference, with some code at the end of a module."""
    shutil.copytree(ROOT / "solutions" / "stages", folder / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "stages" / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\n{extra}\n")
    return folder


def grade(submissions: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the command on two stages."""
    arguments = [str(submissions), "--output", str(output), "--stage", "prototypes,distances", *options]
    return subprocess.run(
        [sys.executable, "-m", "autograder", "grade", *arguments],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of seven: right, twice; untouched; wrong; talking evil; refused; reaching for the network."""
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "ada")
    shutil.copytree(ROOT / "assignment" / "stages", folder / "ben" / "stages")
    hand_in(folder / "chloe", (ROOT / "tests/scaffold/bank/wrong/distances/rooted.py").read_text(encoding="utf-8"))
    name = "=2+5" if os.name == "posix" else "2+5"
    hand_in(folder / name, f'def squared_euclidean(queries, prototypes):\n    raise ValueError("{EVIL}")')
    hand_in(folder / "farid", "import socket\ntry:\n    socket.socket()\nexcept Exception:\n    pass")
    packed = shutil.make_archive(str(folder / "gus-hw01"), "zip", folder / "ada")
    assert packed.endswith(".zip")
    (folder / "hana-hw01.zip").write_bytes(b"no archive")
    return folder


@pytest.fixture(scope="module")
def done(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The class, graded once."""
    output = tmp_path_factory.mktemp("graded") / "out"
    return output, grade(home, output, "--seed", "7", "--workers", "2")


def results(output: Path) -> dict[str, Any]:
    return json.loads((output / "results.json").read_text(encoding="utf-8"))


def grades(output: Path) -> list[dict[str, str]]:
    with (output / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def by_id(output: Path) -> dict[str, dict[str, Any]]:
    return {item["student_id"]: item for item in results(output)["submissions"]}


# A class, end to end ----------------------------------------------------------------------------------------------


def test_the_results_are_what_the_design_says(done) -> None:
    output, run = done
    assert run.returncode == 3, run.stderr  # hana's archive is broken: that needs a person
    found = results(output)
    assert found["schema"] == 1
    assert found["seed"] == 7
    assert re.fullmatch(r"[0-9a-f]{16}", found["suite"])
    students = by_id(output)
    assert list(students) == sorted(students)
    for item in students.values():
        assert set(item["stages"]) == {"prototypes", "distances"}
        if not item["refused"]:
            assert item["points"] == round(sum(stage["points"] for stage in item["stages"].values()), 2)
        for stage in item["stages"].values():
            assert set(stage) == {"points", "max_points", "outcome", "tests", "diagnosis", "mistake", "flags"}
    assert {name: item["points"] for name, item in students.items() if name in ("ada", "ben", "gus", "hana")} == {
        "ada": 14,
        "ben": 0,
        "gus": 14,
        "hana": None,
    }
    assert {stage["outcome"] for stage in students["hana"]["stages"].values()} == {"refused"}
    assert {stage["points"] for stage in students["hana"]["stages"].values()} == {None}
    assert 6 < students["chloe"]["points"] < 14
    assert "broken" in students["hana"]["refused"]


def test_the_results_follow_the_published_schema(done) -> None:
    output, _ = done
    schema = json.loads(records.SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(results(output), schema)
    found = results(output)
    del found["submissions"][0]["stages"]["distances"]["outcome"]
    with pytest.raises(jsonschema.ValidationError, match="'outcome' is a required property"):
        jsonschema.validate(found, schema)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no isolation here")
def test_every_result_names_its_isolation_and_what_was_flagged(done) -> None:
    output, _ = done
    students = by_id(output)
    level = results(output)["isolation"]
    assert level in ("limits", "namespaces", "landlock")
    assert {item["isolation"] for item in students.values() if not item["refused"]} == {level}
    assert students["farid"]["points"] == 0
    for stage in students["farid"]["stages"].values():
        assert stage["outcome"] == "tampered"
        assert any("opened a socket" in flag for flag in stage["flags"])
    assert f"isolation: {level}" in (output / "feedback" / "ada.html").read_text(encoding="utf-8")
    assert "opened a socket" in (output / "feedback" / "farid.html").read_text(encoding="utf-8")


def test_the_table_has_a_row_for_each_student_and_no_formula(done) -> None:
    output, _ = done
    rows = grades(output)
    assert len(rows) == 7
    assert list(rows[0]) == ["student_id", "prototypes", "distances", "total", "max_points", "isolation", "flags"]
    assert not [value for row in rows for value in row.values() if value.startswith(exports.FORMULA)]
    assert {row["student_id"]: row["total"] for row in rows}["ada"] == "14"
    hana = {row["student_id"]: row for row in rows}["hana"]
    assert "refused" in hana["flags"]
    assert (hana["prototypes"], hana["distances"], hana["total"]) == ("", "", "")


def test_what_students_wrote_is_harmless_text_wherever_it_shows(done) -> None:
    output, run = done
    said = json.dumps(by_id(output))
    assert "document.title" in said
    texts = {path: path.read_text(encoding="utf-8-sig") for path in output.rglob("*") if path.is_file()}
    assert len([path for path in texts if path.suffix == ".html"]) == 8
    for path, text in [*texts.items(), (Path("stdout"), run.stdout), (Path("stderr"), run.stderr)]:
        assert plain(text) == text, path
        assert not re.search(r"[\x1b\u202e\x07]|\\u001b|\\u202e|\\u0007", text), path
        if path.suffix == ".html":
            assert "<script" not in text
            assert "&lt;script&gt;" in text or "2_5" not in path.name
            assert "http" not in text.replace("http-equiv", "")


def test_the_exports_are_what_their_readers_take(done) -> None:
    output, _ = done
    canvas = list(csv.reader((output / "exports" / "canvas.csv").read_text(encoding="utf-8").splitlines()))
    assert canvas[0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert canvas[1][0].strip() == "Points Possible"
    assert canvas[1][5] == "14"
    moodle = list(csv.DictReader((output / "exports" / "moodle.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["username"]: row[list(row)[1]] for row in moodle}["ada"] == "14"
    gradescope = json.loads((output / "exports" / "gradescope" / "chloe.json").read_text(encoding="utf-8"))
    assert [test["status"] for test in gradescope["tests"]] == ["passed", "failed"]
    assert sum(test["score"] for test in gradescope["tests"]) == by_id(output)["chloe"]["points"]


def test_whoever_was_refused_is_in_no_export_and_in_every_report(done) -> None:
    output, run = done
    for name in ("canvas.csv", "moodle.csv"):
        text = (output / "exports" / name).read_bytes().decode("utf-8")
        assert "hana" not in text
        assert "ada" in text
        assert not text.startswith("\ufeff")  # programs read it
    assert not (output / "exports" / "gradescope" / "hana.json").exists()
    assert (output / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # people open it in Excel
    assert "Refused: hana: The archive is broken" in run.stdout
    page = (output / "index.html").read_text(encoding="utf-8")
    assert re.search(r"Refused: nothing was graded.*>hana<.*The archive is broken", page, re.DOTALL)
    feedback = (output / "feedback" / "hana.html").read_text(encoding="utf-8")
    assert "it has no marks yet" in feedback
    assert "0 of 14" not in feedback


def test_the_pages_link_only_to_what_is_there(done) -> None:
    output, _ = done
    for page in output.rglob("*.html"):
        for link in re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), (page, link)


def test_only_what_changed_is_graded_again(done, home: Path, tmp_path: Path) -> None:
    first, _ = done
    output, submissions = tmp_path / "out", tmp_path / "class"
    shutil.copytree(first, output)
    shutil.copytree(home, submissions)
    again = grade(submissions, output)  # the seed is remembered
    assert again.stderr.count("(unchanged)") == 6
    assert (output / "results.json").read_bytes() == (first / "results.json").read_bytes()
    with (submissions / "ada" / "stages" / "protonet.py").open("a") as file:
        file.write("\n# one more line\n")
    shutil.rmtree(submissions / "ben")
    torn = next(path for path in (output / results_store.FOLDER).glob("*.json") if path.stat().st_size > 1000)
    torn.write_bytes(torn.read_bytes()[:500])
    third = grade(submissions, output)
    assert 3 <= third.stderr.count("(unchanged)") <= 4, third.stderr  # ada changed; another or gus's was torn
    before, after = by_id(first), by_id(output)
    assert before.pop("ben")["points"] == 0
    assert after == before
    assert not (output / "feedback" / "ben.html").exists()


# The command with a grader that answers at once ---------------------------------------------------------------------


Outcome = Callable[[int], str]


def fake(outcome: str = "passed", slow_after: int = 1000) -> scheduler.GRADE:
    """Returns a grader that gives every stage this outcome, and after so many submissions takes minutes for one."""
    calls: list[None] = []

    def answer(handed: Handed, stages: Any, seed: int, isolation: str, jobs: int = 1) -> dict[str, Any]:
        calls.append(None)
        time.sleep(200 if len(calls) > slow_after else 0)
        if outcome == grading.FAULT:
            return grading.fault(stages, seed, isolation, "It was ordered to fail.")
        stage = {"outcome": outcome, "tests": [], "diagnosis": "", "mistake": "", "flags": []}
        found = {item.id: stage | {"points": float(item.points), "max_points": item.points} for item in stages}
        return {"seed": seed, "isolation": isolation, "points": 0.0, "max_points": 0, "stages": found}

    return answer


def students(folder: Path, number: int) -> Path:
    for index in range(number):
        (folder / f"s{index:03d}" / "stages").mkdir(parents=True)
        (folder / f"s{index:03d}" / "stages" / "simclr.py").write_text(f"number = {index}")
    return folder


def arguments(submissions: Path, output: Path, *options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args([str(submissions), "--output", str(output), "--stage", "distances", *options])


def plan(folder: Path, answer: scheduler.GRADE) -> scheduler.Plan:
    return scheduler.Plan(rubric.select(["distances"]), 1, grading.NONE, results_store.Store(folder), grade=answer)


def test_a_fault_of_the_graders_is_retried_at_the_end(tmp_path: Path) -> None:
    calls: list[str] = []

    def answer(handed: Handed, *rest: Any) -> dict[str, Any]:
        name = handed.stages["simclr.py"].decode()
        calls.append(name)
        return fake(grading.FAULT if calls.count(name) == 1 and name == "number = 0" else "passed")(handed, *rest)

    found, _ = discovery.find(students(tmp_path / "class", 3))
    done = scheduler.run(found, plan(tmp_path / "store", answer), workers=1)
    assert calls == ["number = 0", "number = 1", "number = 2", "number = 0"]
    assert [item.faulty for item in done] == [False] * 3


def test_a_fault_that_stays_is_blank_and_no_zero_and_tried_again_next_time(tmp_path: Path) -> None:
    options = arguments(students(tmp_path / "class", 1), tmp_path / "out")
    assert command.main(options, fake(grading.FAULT)) == 1
    output = tmp_path / "out"
    (row,) = grades(output)
    assert row["distances"] == row["total"] == ""
    assert "grader's own fault" in row["flags"]
    assert [path.name for path in (output / results_store.FOLDER).glob("*.json")] == ["seed.json"]
    assert "no marks yet" in (output / "feedback" / "s000.html").read_text(encoding="utf-8")
    assert json.loads((output / "exports" / "gradescope" / "s000.json").read_text(encoding="utf-8"))["tests"] == []
    assert "s000" not in (output / "exports" / "canvas.csv").read_text(encoding="utf-8")
    assert by_id(output)["s000"]["points"] is None
    assert command.main(options, fake()) == 0
    assert "8,8" in (output / "grades.csv").read_text(encoding="utf-8")


def test_an_exception_of_the_graders_is_its_own_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("\x1b[31mno")

    monkeypatch.setattr(grading.runner, "run", fail)
    record = grading.grade(Handed({}), STAGES, 1, grading.NONE)
    assert grading.faults(record) == ["prototypes", "distances"]
    assert "RuntimeError: no" in record["stages"]["distances"]["diagnosis"]


def test_results_do_not_depend_on_order_and_number_of_workers(tmp_path: Path) -> None:
    submissions = students(tmp_path / "class", 12)
    for workers in ("1", "5"):
        command.main(arguments(submissions, tmp_path / workers, "--seed", "3", "--workers", workers), fake())
    for name in ("results.json", "grades.csv", "index.html"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "5" / name).read_bytes()


def test_what_needs_a_person_is_said_by_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submissions = students(tmp_path / "class", 2)
    assert command.main(arguments(submissions, tmp_path / "out"), fake()) == 0
    (submissions / "s001" / "stages" / "protonet (1).py").write_text("number = 1")
    assert command.main(arguments(submissions, tmp_path / "out"), fake()) == 3
    said = "stages/protonet.py is missing, and stages/protonet (1).py was not read in its place"
    assert f"Look at: s001: {said}" in capsys.readouterr().out
    assert said in {row["student_id"]: row["flags"] for row in grades(tmp_path / "out")}["s001"]
    assert said in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    (submissions / "s001" / "stages" / "simclr.py").unlink()
    assert command.main(arguments(submissions, tmp_path / "out"), fake()) == 3
    assert by_id(tmp_path / "out")["s001"]["points"] is None
    shutil.rmtree(submissions / "s001")
    (submissions / "late.7z").touch()
    assert command.main(arguments(submissions, tmp_path / "out"), fake()) == 3
    assert command.main(arguments(submissions, tmp_path / "other"), fake(grading.FAULT)) == 1


def test_a_class_in_which_nobody_handed_in_a_stage_has_no_marks(tmp_path: Path) -> None:
    for name in ("ada", "ben"):
        (tmp_path / "class" / name).mkdir(parents=True)
    assert command.main(arguments(tmp_path / "class", tmp_path / "out"), fake()) == 3
    assert [row["total"] for row in grades(tmp_path / "out")] == ["", ""]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "mean" not in page.split("<h2>")[0].split("<h1>")[1]
    assert len((tmp_path / "out" / "exports" / "canvas.csv").read_text(encoding="utf-8").splitlines()) == 2
    assert list((tmp_path / "out" / "exports").rglob("*.json")) == []


# Some of the stages ---------------------------------------------------------------------------------------------------


def some(submissions: Path, output: Path, *options: str) -> argparse.Namespace:
    """The command for the stages that the options name, or for all."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args([str(submissions), "--output", str(output), *options])


def asked(log: list[tuple[str, ...]]) -> scheduler.GRADE:
    """A grader that notes which stages it is asked for."""

    def answer(handed: Handed, stages: Any, *rest: Any) -> dict[str, Any]:
        log.append(tuple(stage.id for stage in stages))
        return fake()(handed, stages, *rest)

    return answer


@pytest.mark.parametrize("regrade", [False, True])
def test_some_stages_join_what_is_kept_of_the_others(tmp_path: Path, regrade: bool) -> None:
    submissions, output = students(tmp_path / "class", 3), tmp_path / "out"
    command.main(some(submissions, output), fake())
    files = {
        path: path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and results_store.FOLDER not in path.parts
    }
    log: list[tuple[str, ...]] = []
    command.main(some(submissions, output, "--stage", "nt_xent", *(["--regrade"] if regrade else [])), asked(log))
    assert log == ([("nt_xent",)] * 3 if regrade else [])
    assert {path: path.read_bytes() for path in files} == files  # 100 points possible, the same seed, all stages
    assert "    Points Possible,,,,,100" in (output / "exports" / "canvas.csv").read_text(encoding="utf-8")


def test_one_stage_after_the_other_comes_to_the_whole(tmp_path: Path) -> None:
    submissions = students(tmp_path / "class", 2)
    command.main(some(submissions, tmp_path / "whole", "--seed", "4"), fake())
    log: list[tuple[str, ...]] = []
    command.main(some(submissions, tmp_path / "parts", "--stage", "nt_xent", "--seed", "4"), asked(log))
    command.main(some(submissions, tmp_path / "parts", "--stage", "prototypes,nt_xent"), asked(log))
    assert log == [("nt_xent",)] * 2 + [("prototypes",)] * 2
    assert list(grades(tmp_path / "parts")[0])[1:4] == ["prototypes", "nt_xent", "total"]
    command.main(some(submissions, tmp_path / "parts"), asked(log))
    assert set(log[4:]) == {tuple(stage.id for stage in rubric.STAGES if stage.id not in ("prototypes", "nt_xent"))}
    for name in ("results.json", "grades.csv", "index.html", "exports/canvas.csv"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_changed_submission_is_graded_on_all_stages_that_the_output_holds(tmp_path: Path) -> None:
    submissions, output = students(tmp_path / "class", 2), tmp_path / "out"
    command.main(some(submissions, output), fake())
    (submissions / "s001" / "stages" / "simclr.py").write_text("number = 7")
    log: list[tuple[str, ...]] = []
    command.main(some(submissions, output, "--stage", "nt_xent"), asked(log))
    assert log == [tuple(stage.id for stage in rubric.STAGES)]
    assert [row["total"] for row in grades(output)] == ["100", "100"]


def test_another_seed_for_some_stages_is_refused(tmp_path: Path) -> None:
    submissions, output = students(tmp_path / "class", 1), tmp_path / "out"
    command.main(some(submissions, output, "--seed", "3"), fake())
    with pytest.raises(UserError, match="another seed than 5"):
        command.main(some(submissions, output, "--stage", "nt_xent", "--seed", "5"), fake())
    command.main(some(submissions, output, "--stage", "nt_xent", "--seed", "3"), fake())
    assert results(output)["seed"] == 3
    (output / "grades.csv").unlink()
    command.main(some(submissions, output, "--stage", "nt_xent"), fake())
    assert [row["total"] for row in grades(output)] == ["100"]


def test_a_seed_is_drawn_once_and_again_only_to_regrade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submissions, output = students(tmp_path / "class", 1), tmp_path / "out"
    seeds = []
    for options in ((), (), ("--regrade",), (), ("--seed", "5"), ()):
        command.main(arguments(submissions, output, *options), fake())
        seeds.append(results(output)["seed"])
        seeds.append("(unchanged)" in capsys.readouterr().err)
    first, again, new = seeds[0], seeds[2], seeds[4]
    assert first == again != new == seeds[6] != 5
    assert seeds[8] == seeds[10] == 5
    assert seeds[1::2] == [False, True, False, True, False, True]


def test_an_interrupted_regrade_goes_on_where_it_was(tmp_path: Path) -> None:
    submissions, output = students(tmp_path / "class", 2), tmp_path / "out"
    command.main(arguments(submissions, output), fake())
    calls: list[str] = []

    def stopping(handed: Handed, *rest: Any) -> dict[str, Any]:
        if calls:
            raise UserError("stopped")
        calls.append("graded")
        return fake()(handed, *rest)

    with pytest.raises(UserError, match="stopped"):
        command.main(arguments(submissions, output, "--regrade", "--workers", "1"), stopping)
    seed = json.loads((output / results_store.FOLDER / "seed.json").read_text())["seed"]
    more: list[str] = []
    command.main(arguments(submissions, output, "--regrade"), lambda *rest: more.append("graded") or fake()(*rest))
    assert len(more) == 1
    assert results(output)["seed"] == seed


def test_a_weaker_level_than_required_is_graded_again(tmp_path: Path) -> None:
    kept = results_store.Store(tmp_path)
    record = fake()(Handed({}), STAGES, 1, "limits")
    kept.save("key", STAGES, record)
    assert kept.load("key", STAGES) is not None
    assert kept.load("key", STAGES, accepts=lambda level: grading.rank(level) >= grading.rank("landlock")) is None
    assert kept.load("key", STAGES, seed=2) is None
    assert kept.load("other", STAGES) is None
    assert grading.rank("none") < grading.rank("limits") < grading.rank("namespaces") < grading.rank("landlock")


@pytest.mark.parametrize(
    ("part", "value"),
    [("points", "8"), ("points", True), ("tests", None), ("tests", [{"name": "test_x"}]), ("flags", "none")],
)
def test_a_kept_result_that_is_not_what_it_should_be_is_graded_again(tmp_path: Path, part: str, value: Any) -> None:
    kept = results_store.Store(tmp_path)
    kept.save("key", STAGES, fake()(Handed({}), STAGES, 1, "limits"))
    (path,) = tmp_path.glob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    record["stages"]["distances"][part] = value
    path.write_text(json.dumps(record), encoding="utf-8")
    assert kept.load("key", STAGES) is None


def test_what_was_graded_at_a_weaker_level_than_required_is_graded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grading, "level", lambda required, exactly: exactly or "landlock")
    submissions, output = students(tmp_path / "class", 1), tmp_path / "out"
    seen = []
    for options in (["--isolation", "limits"], [], ["--require-isolation", "landlock"], [], ["--isolation", "limits"]):
        command.main(arguments(submissions, output, *options), fake())
        seen.append((results(output)["isolation"], "(unchanged)" in capsys.readouterr().err))
    assert seen == [
        ("limits", False),
        ("limits", True),
        ("landlock", False),
        ("landlock", True),
        ("limits", False),
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no isolation here")
def test_less_isolation_than_required_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rungs = (
        sandbox.Rung("landlock", False, "No Landlock."),
        sandbox.Rung("namespaces", False, "No namespaces."),
        sandbox.Rung("limits", True),
    )
    monkeypatch.setattr(sandbox.levels, "probe", lambda: rungs)
    monkeypatch.setattr(sandbox, "probe", lambda: rungs)
    assert grading.level() == "limits"
    assert grading.level("limits") == "limits"
    for options in ({"required": "namespaces"}, {"exactly": "landlock"}):
        with pytest.raises(UserError, match=r"landlock|namespaces"):
            grading.level(**options)


def test_a_fault_is_never_kept(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="grade again"):
        results_store.Store(tmp_path).save("key", STAGES, grading.fault(STAGES, 1, "limits", "no"))
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_class(tmp_path: Path) -> None:
    message = "x" * 4000

    def answer(handed: Handed, *rest: Any) -> dict[str, Any]:
        record = fake()(handed, *rest)
        tests = [{"name": f"test_{index}", "outcome": "wrong", "message": message} for index in range(50)]
        for stage in record["stages"].values():
            stage.update(outcome="wrong", tests=tests, diagnosis=message)
        return record

    peaks = []
    for number in (10, 60):
        submissions = students(tmp_path / f"class of {number}", number)
        tracemalloc.start()
        command.main(arguments(submissions, tmp_path / f"out of {number}", "--workers", "2"), answer)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    records = (tmp_path / "out of 60" / "results.json").stat().st_size
    assert records > 10e6
    assert peaks[1] - peaks[0] < records / 10


# What may go wrong --------------------------------------------------------------------------------------------------


def test_what_a_kill_left_unfinished_is_tidied_up(tmp_path: Path) -> None:
    submissions, output = students(tmp_path / "class", 1), tmp_path / "out"
    command.main(arguments(submissions, output), fake())
    for folder in (output, output / "feedback", output / "exports" / "gradescope"):
        (folder / f"half{files.UNFINISHED}").touch()
    recent = output / results_store.FOLDER / f"recent{files.UNFINISHED}"
    old = output / results_store.FOLDER / f"old{files.UNFINISHED}"
    for path in (recent, old):
        path.touch()
    os.utime(old, (0, 0))
    command.main(arguments(submissions, output), fake())
    assert list(output.rglob(f"*{files.UNFINISHED}")) == [recent]


SCRIPT = """
    import sys
    sys.path.insert(0, {here!r})
    from test_grade import arguments, command, fake
    from pathlib import Path
    from autograder.errors import UserError
    options = arguments(Path({submissions!r}), Path({output!r}), "--workers", "1")
    try:
        sys.exit(command.main(options, fake(slow_after={slow_after})))
    except UserError as error:
        sys.exit(str(error))
"""


def script(submissions: Path, output: Path, slow_after: int = 1000) -> list[str]:
    here = str(Path(__file__).parent)
    code = SCRIPT.format(here=here, submissions=str(submissions), output=str(output), slow_after=slow_after)
    return [sys.executable, "-c", textwrap.dedent(code)]


def test_a_real_full_disk_stops_with_a_sentence_and_the_same_command_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=80k none '{disk}'"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here; the test above fills the disk in words only")
    submissions = students(tmp_path / "class", 30)
    run = shlex.join(script(submissions, disk / "out"))
    steps = f"{mount}\n{run} 2>&1\necho status $?\nmount -o remount,size=4m '{disk}'\n{run} 2>&1\necho status $?"
    done = subprocess.run(["unshare", "-m", "sh", "-c", steps], capture_output=True, text=True, check=False)
    first, _, second = done.stdout.partition("status 1")
    assert "the disk is full" in first
    assert "Traceback" not in done.stdout
    finished = len(re.findall(r"^s\d+  \d", first, re.MULTILINE))
    assert 0 < finished < 30
    assert finished <= second.count("(unchanged)") <= finished + 1
    assert second.rstrip().endswith("status 0")


@POSIX
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM"])
def test_an_interrupt_ends_at_once_leaves_no_litter_and_resumes(tmp_path: Path, how: str) -> None:
    import signal

    submissions, output, scratch = students(tmp_path / "class", 4), tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"TMPDIR": str(scratch)}
    command_line = script(submissions, output, slow_after=1)
    process = subprocess.Popen(
        command_line,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    assert process.stderr is not None
    assert b"s000" in process.stderr.readline()
    start = time.monotonic()
    process.send_signal(getattr(signal, how))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - start < 10
    assert b"the same command goes on" in said
    assert b"Traceback" not in said
    assert list(scratch.iterdir()) == []
    again = subprocess.run(script(submissions, output), capture_output=True, text=True, env=environment, check=True)
    assert again.stderr.count("(unchanged)") >= 1
    assert len(by_id(output)) == 4


@POSIX
def test_two_runs_do_not_write_to_one_place(tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "out" / results_store.FOLDER).mkdir(parents=True)
    with open(tmp_path / "out" / results_store.FOLDER / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="Another `autograder grade`"):
            command.main(arguments(students(tmp_path / "class", 1), tmp_path / "out"), fake())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "0"], "--workers 0"),
        (["--seed", "-1"], "out of range"),
        (["--output", "class/out"], "lies within"),
        (["--output", "file"], "is a file"),
    ],
)
def test_wrong_usage_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    students(Path("class"), 1)
    Path("file").touch()
    with pytest.raises(UserError, match=said):
        command.main(arguments(Path("class"), Path("out"), *options), fake())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become a user without rights")
@pytest.mark.parametrize(
    ("closed", "words"),
    [
        ("parent/out", ["grade", "class", "--output", "parent/out"]),
        ("parent", ["grade", "class", "--output", "parent/out"]),
        ("class", ["grade", "class", "--output", "parent/out"]),
        ("parent", ["collect", "class", "--output", "parent/out"]),
        ("parent/out", ["collect", "class", "--output", "parent/out"]),
        ("parent", ["course", "parent/out"]),
    ],
)
def test_a_folder_that_may_not_be_searched_is_a_sentence(tmp_path: Path, closed: str, words: list[str]) -> None:
    students(tmp_path / "class", 1)
    (tmp_path / "parent" / "out").mkdir(parents=True)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o755)
    (tmp_path / closed).chmod(0o600)
    code = """
        import os, sys
        sys.path.insert(0, sys.argv.pop(1))
        import data_stubs, autograder.release
        from autograder import __main__
        from autograder.commands import collect, course, grade
        os.setgroups([]), os.setgid(65534), os.setuid(65534)
        sys.exit(__main__.main())
    """
    script = [sys.executable, "-c", textwrap.dedent(code), str(ROOT), *words]
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(rf"autograder {words[0]}: \S+ ?.*Permission denied\. .+[.?]\n", done.stderr), done.stderr


def test_the_last_submissions_get_the_workers_that_nothing_waits_for(tmp_path: Path) -> None:
    given: dict[str, int] = {}

    def answer(handed: Handed, *rest: Any) -> dict[str, Any]:
        given[handed.stages["simclr.py"].decode()] = rest[-1]
        return fake()(handed, *rest)

    found, _ = discovery.find(students(tmp_path / "class", 6))
    scheduler.run(found, plan(tmp_path / "store", answer), workers=4)
    assert given == {f"number = {number}": jobs for number, jobs in enumerate([1, 1, 1, 1, 2, 4])}
