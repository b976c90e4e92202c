"""The bank itself: how entries are built, how mistakes of the grader are recognised, what `make bank` prints."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import bank
from autograder import rubric
from autograder.runner.results import StageResult, TestResult
from bank import __main__ as command
from bank import empty, grading, reach, table
from bank.hostile import attacks

STAGES = [stage.id for stage in rubric.STAGES]
MANY = ("nt_xent", "distances", "protonet_forward", "two_views")
POINTED = 12  # wrong entries of each central stage that say what their message has to contain


def entry(kind: str, stage: str, text: str, folder: Path) -> bank.Entry:
    """An entry of our own."""
    path = folder / "entry.py"
    path.write_text(f'"""What it is."""\n{text}', encoding="utf-8")
    return bank.Entry(kind, stage, "entry", path)


def result(stage: str, outcome: str = "passed", diagnosis: str = "") -> StageResult:
    """A stage's result; a stage that did not pass has no points."""
    points = rubric.get(stage).points
    tests = (TestResult("test_it", outcome, diagnosis),)
    return StageResult(stage, points if outcome == "passed" else 0, points, outcome, tests, diagnosis)


def kinds(one: bank.Entry, *results: StageResult) -> list[str]:
    """The kinds of faults of an entry with these results."""
    return [fault.kind for fault in grading.faults_of(one, results)]


def test_bank_is_large_enough():
    wrong = {stage: len(command.choose("wrong", [stage])) for stage in STAGES}
    assert min(wrong.values()) >= 6
    assert min(wrong[stage] for stage in MANY) >= 12
    assert sum(wrong.values()) >= 120
    assert len(command.choose("right", STAGES)) >= 45
    assert len(attacks()) >= 40


def test_entries_say_what_they_are():
    assert [str(one) for kind in bank.KINDS for one in bank.entries(kind) if not one.description] == []


@pytest.mark.parametrize("stage", [stage.id for stage in rubric.STAGES if stage.heart])
def test_entries_of_the_central_stages_say_what_their_message_points_at(stage):
    assert sum(bool(one.points_at) for one in command.choose("wrong", [stage])) >= POINTED


def test_entry_brings_files_of_its_own(tmp_path):
    text = "from stages.first import a\n\n# file: first.py\na = 1\n\n# file: second.py\nb = 2\n"
    stages = bank.build(entry("right", "distances", text, tmp_path), tmp_path / "submission") / "stages"
    assert (stages / "first.py").read_text() == "a = 1\n\n"
    assert (stages / "second.py").read_text() == "b = 2\n"
    assert (stages / "protonet.py").read_text().endswith('"""What it is."""\nfrom stages.first import a\n\n')


def test_entry_is_saved_as_an_editor_would(tmp_path):
    text = "# saved with: bom, crlf, tabs\ndef f():\n    if 1:\n        return 'é'\n"
    module = bank.build(entry("right", "distances", text, tmp_path), tmp_path / "submission") / "stages" / "protonet.py"
    data = module.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith("def f():\r\n\tif 1:\r\n\t\treturn 'é'\r\n".encode())


def test_entry_cannot_be_saved_in_an_unknown_way(tmp_path):
    one = entry("right", "distances", "# saved with: smoke\n", tmp_path)
    with pytest.raises(ValueError, match="there are bom, crlf, tabs"):
        bank.build(one, tmp_path / "submission")


def reached(text: str, stage: str, folder: Path) -> set[str]:
    """The ids of the stages that an entry of this text could touch."""
    return {stage.id for stage in reach.touched(entry("wrong", stage, text, folder))}


def test_entry_reaches_the_stages_that_call_what_it_defines(tmp_path):
    define = "import os\nLIMIT = 3\n\ndef {}(a, b):\n    torch.manual_seed(0)\n    return a\n"
    assert reached(define.format("squared_euclidean"), "distances", tmp_path) == {"distances", "protonet_forward"}
    assert reached(define.format("nt_xent_loss"), "nt_xent", tmp_path) == {"nt_xent", "simclr_training"}
    assert reached(define.format("helper"), "prototypes", tmp_path) == {"prototypes"}
    assert reached("import numpy as F\n", "prototypes", tmp_path) == {"prototypes", "protonet_forward"}


@pytest.mark.parametrize(
    "text",
    [
        "torch.manual_seed(0)",
        "nn.ReLU.forward = None",
        "a = print()",
        "a = torch.float",
        "if True:\n    a = 1",
        "class A:\n    a = print()",
        "class A(metaclass=M):\n    pass",
        "# saved with: bom",
        "import a\n# file: a.py\n",
    ],
)
def test_entry_that_does_more_than_define_reaches_all_stages_of_its_file(tmp_path, text):
    module = rubric.get("distances").module
    assert reached(text, "distances", tmp_path) == {stage.id for stage in rubric.STAGES if stage.module == module}


def test_stages_call_stages_of_their_own_file_only():
    assert [need for stage in rubric.STAGES for need in stage.needs if rubric.get(need).module != stage.module] == []
    for stage in rubric.STAGES:
        called = {rubric.stage_of_name(stage.module, name) for name in reach.seen_by(stage)} - {None, stage}
        assert {other.id for other in called} == set(stage.needs)


def test_right_entry_that_loses_marks_anywhere_is_a_false_reject(tmp_path):
    one = entry("right", "distances", "", tmp_path)
    assert kinds(one, result("distances"), result("prototypes")) == []
    assert kinds(one, result("distances"), result("prototypes", "wrong", "no")) == [grading.FALSE_REJECT]
    assert kinds(one, result("distances", "tampered", "no")) == [grading.FALSE_REJECT]


def test_wrong_entry_with_full_marks_is_a_false_accept(tmp_path):
    one = entry("wrong", "distances", "", tmp_path)
    assert kinds(one, result("distances", "wrong", "It is the root.")) == []
    assert kinds(one, result("distances")) == [grading.FALSE_ACCEPT]


def test_wrong_entry_may_block_the_stages_that_call_it_and_harms_no_other(tmp_path):
    one = entry("wrong", "distances", "", tmp_path)
    own = result("distances", "wrong", "It is the root.")
    assert kinds(one, own, result("protonet_forward", "blocked", "Fix `distances` first.")) == []
    assert kinds(one, own, result("protonet_forward", "wrong", "no")) == [grading.ELSEWHERE]
    assert kinds(one, own, result("protonet_training", "blocked", "no")) == [grading.ELSEWHERE]


def test_message_has_to_name_the_mistake_in_words(tmp_path):
    one = entry("wrong", "distances", "# points at: The Root\n# points at: square\n", tmp_path)
    assert kinds(one, result("distances", "wrong", "a square; no\n    root is the\n  root of it")) == []
    assert kinds(one, result("distances", "wrong", "the mean")) == [grading.MISLEADS]
    assert kinds(one, result("distances", "wrong", "")) == [grading.MISLEADS]
    assert kinds(one, result("distances", "error", 'the root, square: File "x.py"')) == [grading.MISLEADS]


def test_fault_of_the_grader_is_neither_accepted_nor_rejected(tmp_path):
    for kind in bank.KINDS:
        one = entry(kind, "distances", "", tmp_path)
        assert kinds(one, result("distances", "infrastructure", "lost")) == [grading.INFRASTRUCTURE]


def test_verdicts_are_compared_test_by_test():
    first, second = result("distances"), result("distances", "wrong", "no")
    assert grading.differences([first], [replace(first, output="printed")]) == []
    (fault,) = grading.differences([first], [second])
    assert fault.text == (
        "distances: passed, 8 points (test_it passed) in-process, wrong, 0 points (test_it wrong) in isolation"
    )


def test_verdict_may_not_move_with_the_seed():
    first, same, moved = result("distances", "wrong", "no"), result("distances", "error", "why"), result("distances")
    assert grading.seed_faults([first], [same], 7) == []  # the same tests fail
    (fault,) = grading.seed_faults([first], [moved], 7)
    assert fault.kind == grading.MOVES
    assert "with the seed 7 passed, 8 points (test_it passed), before wrong" in fault.text


def test_visible_suite_accepts_what_is_right_and_catches_what_is_wrong(tmp_path):
    good, bad = result("distances"), result("distances", "wrong", "no")
    right = entry("right", "distances", "", tmp_path)
    assert [bool(grading.visible_faults(right, one)) for one in (good, bad)] == [False, True]
    wrong = entry("wrong", "distances", "", tmp_path)
    assert [bool(grading.visible_faults(wrong, one)) for one in (good, bad)] == [True, False]
    for_hidden_tests = entry("wrong", "distances", "# hidden only: the inputs are known\n", tmp_path)
    assert [bool(grading.visible_faults(for_hidden_tests, one)) for one in (good, bad)] == [False, True]


def test_submission_that_computes_nothing_may_earn_next_to_nothing():
    report = table.Report("in-process", 0, 1)
    for points in (empty.LIMIT, empty.LIMIT + 0.5):
        stage = replace(result("nt_xent"), points=points)
        report.empty.append(empty.Earned(empty.entries()[0], (stage, result("distances", "wrong", "no"))))
    assert dict(report.faults) == {table.FOR_NOTHING: 1}
    assert report.empty[1].too_much == "3.5 points for nothing (nt_xent 3.5)"


def test_submission_that_computes_nothing_has_nothing_of_the_reference(tmp_path):
    for one in empty.entries():
        stages = empty.build(one, tmp_path / one.slug) / "stages"
        assert one.description
        for stage in rubric.STAGES:
            text = (stages / f"{stage.module}.py").read_text()
            own = text[text.rindex("### END SOLUTION") :]
            assert [
                name for name in stage.names if not re.search(rf"^({name} = |(def|class) {name}\b)", own, re.M)
            ] == []


def test_sample_is_always_the_same_and_small():
    sample = command.choose("wrong", STAGES, sample=2)
    assert len(sample) == 2 * len(STAGES)
    assert sample == command.choose("wrong", STAGES, sample=2)
    assert set(sample) < set(command.choose("wrong", STAGES, sample=3))
    assert {attack.group for attack in command.choose_attacks(STAGES, sample=1)} == {one.group for one in attacks()}


def test_command_grades_and_prints_the_table(tmp_path, capsys):
    arguments = ["right/distances/einsum", "wrong/distances/rooted", "--isolation", "in-process"]
    status = command.main([*arguments, "--json", str(tmp_path / "bank.json")])
    printed = capsys.readouterr().out
    assert (status, "No false accepts, no false rejects." in printed) == (0, True)
    written = json.loads((tmp_path / "bank.json").read_text())
    assert [one["name"] for one in written["entries"]] == ["right/distances/einsum", "wrong/distances/rooted"]
    assert [one["outcome"] for one in written["entries"]] == ["passed", "wrong"]
    assert (written["false_accepts"], written["false_rejects"], written["attacks_that_achieved"]) == (0, 0, 0)


def test_command_fails_when_something_was_graded_wrongly(tmp_path, capsys, monkeypatch):
    path = bank.HERE / "right" / "distances" / "einsum.py"
    monkeypatch.setattr(bank, "entries", lambda kind: [bank.Entry(kind, "distances", "einsum", path)])
    assert command.main(["wrong/*", "--isolation", "in-process", "--json", str(tmp_path / "bank.json")]) == 1
    assert "wrong/distances/einsum false accept" in capsys.readouterr().out
    assert json.loads((tmp_path / "bank.json").read_text())["false_accepts"] == 1


def test_attacks_that_achieved_something_or_ended_otherwise_are_faults():
    report = table.Report("landlock", 0, 1)
    assert report.flawless
    for achieved, unexpected in (([], ""), (["8 points"], ""), ([], "it ended as passed")):
        report.attacked.append(SimpleNamespace(achieved=achieved, unexpected=unexpected))
    assert dict(report.faults) == {table.ACHIEVED: 1, table.UNEXPECTED: 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stage", "nothing"], "There is no stage 'nothing'"),
        (["wrong/nothing/at_all", "--isolation", "in-process"], "No entry of the bank fits"),
        (["--kind", "hostile", "--isolation", "in-process"], "attacks are not run"),
        (["--isolation", "in-process", "--compare"], "nothing to compare"),
        (["--isolation", "moon"], "no level of isolation 'moon'"),
    ],
)
def test_wrong_usage_is_explained_in_a_sentence(arguments, words, capsys):
    assert command.main(arguments) == 2
    assert words in capsys.readouterr().err
