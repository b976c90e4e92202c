"""What the cells of a notebook call: points as a plain float, a readable message, nothing on stderr, no exception."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from autograder.runner import run as runner
from autograder.student import notebook


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a notebook, with a stage that is half right, and a suite of its own."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "test_protonet.py").write_text(
        "import pytest\nfrom stages import protonet\n"
        "@pytest.mark.stage('prototypes')\ndef test_a():\n    assert protonet.compute_prototypes(1) == 1, 'it is 1'\n"
        "@pytest.mark.stage('prototypes')\ndef test_b():\n    assert protonet.compute_prototypes(2) == 2, 'it is 2'\n"
    )
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "protonet.py").write_text("def compute_prototypes(x):\n    return 1\n")
    monkeypatch.setitem(runner.SUITES, "visible", tmp_path / "suites")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_grade_returns_partial_points_and_says_why(folder, capsys):
    points = notebook.grade("prototypes")
    assert type(points) is float
    assert points == 3.0
    out, err = capsys.readouterr()
    assert err == ""
    assert out == (
        "prototypes: failing, 3 of 6 points\n"
        "\n"
        "  it is 2\n"
        "\n"
        "  test    tests/test_protonet.py::test_b\n"
        "  source  Snell et al. 2017, equation 1\n"
        "  next    edit stages/protonet.py, then\n"
        "          run this cell again\n"
    )


def test_grade_of_a_right_stage_is_short(folder, capsys):
    (folder / "stages" / "protonet.py").write_text("def compute_prototypes(x):\n    return x\n")
    assert notebook.grade("prototypes") == 6.0
    assert capsys.readouterr() == ("prototypes: passed, 6 of 6 points\n", "")


@pytest.mark.parametrize("code", ["def f(:", "import os; os._exit(0)", "raise KeyboardInterrupt", ""])
def test_no_mistake_raises(code, folder, capsys):
    (folder / "stages" / "protonet.py").write_text(code)
    points = notebook.grade("prototypes")
    assert type(points) is float
    assert math.isfinite(points)
    assert points == 0.0
    assert notebook.check("prototypes") is None
    assert "stages/protonet.py" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("ntxent",), "There is no stage 'ntxent'."), (("nt_xent", "suites"), "There is no folder stages/ in ")],
)
def test_wrong_use_is_a_sentence(arguments, sentence, folder, capsys):
    assert notebook.grade(*arguments) == 0.0
    assert capsys.readouterr().out.startswith(sentence)


def test_fault_of_the_suite_is_no_zero(folder, capsys):
    (folder / "stages" / "simclr.py").write_text("def nt_xent_loss():\n    pass\n")
    with pytest.raises(RuntimeError, match=r"test_simclr\.py is missing"):
        notebook.grade("nt_xent")
    assert "nt_xent: not run" in capsys.readouterr().out
