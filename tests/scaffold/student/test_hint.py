"""`autograder hint`: three hints for each stage, one at a time, of which none is a solution."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder import rubric
from autograder.__main__ import main
from autograder.release import generate, handout, leaks
from autograder.student import hint


def test_every_stage_has_a_question_a_shape_and_the_trick():
    assert list(hint.HINTS) == [stage.id for stage in rubric.STAGES]
    for stage, texts in hint.HINTS.items():
        assert len(texts) == len(hint.KINDS) == 3, stage
        assert texts[0].endswith("?"), stage
        assert re.search(r"\(.*\)|floats", texts[1]), f"{stage}: a shape is written in parentheses"
        for text in texts:
            assert len(re.findall(r"[.?!](?= [A-Z]|$)", text)) in (1, 2), text
            assert len(text) <= 260, text


def test_no_hint_is_a_piece_of_a_solution(root):
    sources = generate.solutions(root)
    texts = {
        f"{stage} {step}": text.encode() for stage, all_of in hint.HINTS.items() for step, text in enumerate(all_of)
    }
    assert leaks.find(texts, sources) == []
    file = "autograder/student/hint.py"
    assert handout.is_allowed(file)
    assert leaks.find({file: (root / file).read_bytes()}, sources) == []


def test_the_docstring_keeps_the_trick_to_itself(root):
    stub = " ".join((root / "assignment" / "stages" / "simclr.py").read_text(encoding="utf-8").split())
    trick = hint.HINTS["nt_xent"][2]
    assert "-inf" in trick
    assert trick not in stub
    assert "-inf" not in stub


@pytest.mark.parametrize("stage", [stage.id for stage in rubric.STAGES])
def test_each_step_says_how_to_get_the_next(stage, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("Makefile").touch()
    wanted = [f"make hint STAGE={stage} STEP=2", f"make hint STAGE={stage} STEP=3", f"make check STAGE={stage}"]
    for step, further in enumerate(wanted, 1):
        assert main(["hint", stage, *(["--step", str(step)] if step > 1 else [])]) == 0
        out = capsys.readouterr().out
        head, *lines = out.splitlines()
        assert head == f"{stage}, hint {step} of 3: {hint.KINDS[step - 1]}"
        assert lines[-1] == f"  next    {further}"
        assert " ".join(" ".join(lines[:-1]).split()) == hint.HINTS[stage][step - 1]
        assert all(len(line) <= 80 for line in lines)


def test_without_a_makefile_the_next_step_is_a_command_of_python(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["hint", "nt_xent"]) == 0
    assert capsys.readouterr().out.endswith("next    python -m autograder hint nt_xent --step 2\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ntxent"], "There is no stage 'ntxent'. The stages are: read_omniglot, "),
        (["nt_xent", "--step", "4"], "There is no hint '4' for nt_xent: the steps are 1, 2, 3."),
        (["nt_xent", "--step", "trick"], "There is no hint 'trick' for nt_xent: the steps are 1, 2, 3."),
        ([], "Name a stage: "),
    ],
)
def test_wrong_use_is_a_sentence(words, sentence, capsys):
    assert main(["hint", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"autograder hint: {sentence}")
    assert err.count("\n") == 1
