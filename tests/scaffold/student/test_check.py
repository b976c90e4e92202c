"""`autograder check`: the table, the explanation, the exit status, and what programs read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import rubric
from autograder.__main__ import main
from autograder.runner import run as runner
from autograder.student import check

FORWARD = "    return compute_prototypes([[1.0, 3.0]])"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with assignment/stages/protonet.py, and suites of its own for two of its stages."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "test_protonet.py").write_text(
        "import pytest\nfrom stages import protonet\n\n"
        "@pytest.mark.stage('prototypes')\ndef test_prototype_is_the_mean():\n"
        "    got = protonet.compute_prototypes([[1.0, 3.0]])\n"
        "    assert got == [2.0], f'the prototypes: expected [2.0], got {got}\\nUsually the sum is not divided.'\n\n"
        "@pytest.mark.stage('prototypes')\ndef test_prototype_of_one():\n"
        "    assert protonet.compute_prototypes([[5.0]]) == [5.0], 'one support example is its own prototype'\n\n"
        "@pytest.mark.stage('distances')\ndef test_distance():\n"
        "    assert protonet.squared_euclidean(3, 1) == 4, '(3 - 1) squared is 4'\n"
    )
    monkeypatch.setitem(runner.SUITES, "visible", tmp_path / "suites")
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def write(folder: Path, prototypes="return [sum(s) / len(s) for s in x]", distances="return (q - p) ** 2") -> None:
    (folder / "assignment" / "stages").mkdir(parents=True, exist_ok=True)
    (folder / "assignment" / "stages" / "protonet.py").write_text(
        f"def compute_prototypes(x):\n    {prototypes}\n\ndef squared_euclidean(q, p):\n    {distances}\n"
    )


BOTH = ["check", "--stage", "prototypes", "--stage", "distances"]


def test_green_is_zero(folder, capsys):
    assert main(BOTH) == 0
    out = capsys.readouterr().out
    assert re.search(r"^prototypes  +Class prototypes +passed +6 / 6$", out, re.MULTILINE), out
    assert re.search(r"^total +2 of 2 passed +14 / 14$", out, re.MULTILINE), out
    assert out.endswith("\nAll 2 stages pass.\n")


def test_first_failing_stage_is_explained(folder, capsys):
    write(folder, prototypes="print('[red]hi'); return [sum(s) for s in x]")
    assert main(BOTH) == 1
    out = capsys.readouterr().out
    assert re.search(r"^prototypes .* failing +3 / 6$", out, re.MULTILINE), out
    assert re.search(r"^distances .* passed +8 / 8$", out, re.MULTILINE), out
    explanation = out.partition("\n\n")[2]
    assert explanation == (
        "prototypes: Class prototypes\n"
        "  the prototypes: expected [2.0], got [4.0]\n"
        "  Usually the sum is not divided.\n"
        "\n"
        "  Your code printed:\n"
        "    | [red]hi\n"
        "    | [red]hi\n"
        "\n"
        "  test    tests/test_protonet.py::test_prototype_is_the_mean\n"
        "  source  Snell et al. 2017, equation 1\n"
        "  next    edit assignment/stages/protonet.py, then\n"
        "          python -m autograder check --stage prototypes\n"
    )


def test_stub_says_what_to_write(folder, capsys):
    write(folder, prototypes="raise NotImplementedError('TODO prototypes: the mean')")
    assert main(BOTH) == 1
    out = capsys.readouterr().out
    assert re.search(r"^prototypes .* todo +0 / 6$", out, re.MULTILINE), out
    assert "  TODO prototypes: the mean\n" in out
    assert "  next    write `compute_prototypes` in assignment/stages/protonet.py, then\n" in out


def test_long_lines_go_on_where_they_began():
    text = "next    write `read_omniglot` and `rotate_classes` in assignment/stages/omniglot.py\n    got: a b c d"
    assert check.indented(text, 62) == (
        "  next    write `read_omniglot` and `rotate_classes` in\n"
        "          assignment/stages/omniglot.py\n"
        "      got: a b c d"
    )


def test_a_mistake_is_explained_before_a_stub(folder, capsys):
    write(folder, prototypes="raise NotImplementedError('TODO prototypes: the mean')", distances="return q - p")
    assert main(BOTH) == 1
    assert "\n\ndistances: Squared Euclidean distances\n" in capsys.readouterr().out


def test_syntax_error_is_in_its_rows(folder, capsys):
    write(folder, distances="return (q - p")
    assert main(BOTH) == 1
    out = capsys.readouterr().out
    assert len(re.findall(r" error +0 / [68]$", out, re.MULTILINE)) == 2, out
    assert "  stages/protonet.py, line 5: SyntaxError: '(' was never closed\n      return (q - p\n" in out
    assert "Traceback" not in out


def test_selection_takes_several_words(folder, capsys):
    assert main(["check", "--stage", "distances, prototypes", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["stages"]) == ["prototypes", "distances"]


def test_json_is_all_that_is_printed(folder, capsys):
    write(folder, prototypes="print('noise'); return [0.0]")
    assert main([*BOTH, "--json"]) == 1
    captured = capsys.readouterr()
    data = json.loads(captured.out)
    assert captured.err == ""
    assert (data["schema"], data["points"], data["max_points"]) == (1, 8.0, 14)
    assert data["stages"]["prototypes"]["outcome"] == "wrong"
    assert [test["name"] for test in data["stages"]["distances"]["tests"]] == ["test_distance"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stage", "ntxent"], "There is no stage 'ntxent'. The stages are: read_omniglot, sample_episode,"),
        (["--submission", "suites"], "suites has no folder stages/. Name the folder that holds it"),
    ],
)
def test_wrong_usage_is_two_and_a_sentence(arguments, sentence, folder, capsys):
    assert main(["check", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"autograder check: {sentence}")
    assert captured.err.count("\n") == 1


def test_folder_without_an_assignment_is_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert "There is no assignment/stages/ here." in capsys.readouterr().err


def test_folder_with_stages_is_found_from_inside(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder / "assignment")
    assert main(BOTH) == 0


def test_make_is_named_where_there_is_a_makefile(folder, capsys):
    (folder / "Makefile").write_text("")
    (folder / "assignment").rename(folder / "mine")
    write(folder / "mine" / "..", prototypes="return 0")
    assert main(BOTH) == 1
    assert "\n          make check STAGE=prototypes\n" in capsys.readouterr().out
    main([*BOTH, "--submission", "mine"])
    write(folder, prototypes="return 0")
    (folder / "assignment").rename(folder / "theirs")
    assert main([*BOTH, "--submission", "theirs"]) == 1
    assert "\n          make check STAGE=prototypes SUBMISSION=theirs\n" in capsys.readouterr().out


def test_table_of_all_stages_fits_80_columns(folder, capsys):
    assert main(["check"]) == 1
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == ["stage", *(stage.id for stage in rubric.STAGES), "total"]
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


@pytest.mark.parametrize("no_color", [True, False])
def test_colours_are_for_a_terminal(no_color, folder):
    """The real command in a pseudo-terminal, on nothing but a stage that needs no suite to be reported."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals exist on Linux and macOS only")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "AUTOGRADER_NO_FORK": ""}
    environment.pop("NO_COLOR", None)
    if no_color:
        environment["NO_COLOR"] = "1"
    command = [sys.executable, "-m", "autograder", "check", "--stage", "read_omniglot"]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment, cwd=folder)
    os.close(theirs)
    seen = b""
    try:
        while data := os.read(ours, 4096):
            seen += data
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 1
    assert b"read_omniglot" in seen
    assert (re.search(rb"\x1b\[[0-9;]*3[0-9]m", seen) is None) == no_color, seen


def test_pipe_has_no_escape_codes(folder):
    command = [sys.executable, "-m", "autograder", "check", "--stage", "read_omniglot"]
    done = subprocess.run(command, capture_output=True, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"read_omniglot" in done.stdout
    assert b"\x1b" not in done.stdout
