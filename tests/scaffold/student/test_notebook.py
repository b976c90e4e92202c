"""What the cells of a notebook call: points as a plain float, a readable message, nothing on stderr, no exception."""

from __future__ import annotations

import html
import math
import re
import xml.etree.ElementTree
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from autograder.advice import Finding
from autograder.runner import run as runner
from autograder.runner.results import StageResult, TestResult
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


def failing(**more) -> StageResult:
    """The result of `nt_xent`, failing, with the fields that are given."""
    tests = (TestResult("test_a", "wrong", "it is 2"),)
    return StageResult("nt_xent", **{"points": 4.5, "max_points": 12, "outcome": "wrong", "tests": tests} | more)


def cells(page: str) -> dict[str, str]:
    """The rows of the table of a page, as text. It has to be well-formed."""
    tree = xml.etree.ElementTree.fromstring(page.replace("<br>", "\n"))
    return {"".join(row[0].itertext()): "".join(row[1].itertext()) for row in tree.iter("tr")}


def test_table_says_what_the_lines_say():
    report = notebook.Report(
        failing(diagnosis="The diagonal stays.\n  expected: [1]\n       got: [2]", output="hello\nyou\n"),
        Path("."),
        [Finding("stages/simclr.py", 3, "imports pandas")],
    )
    assert cells(report._repr_html_()) == {
        "state": "failing",
        "points": "4.5 of 12",
        "message": "The diagonal stays.  expected: [1]\n       got: [2]",
        "printed": "hello\nyou",
        "test": "tests/test_simclr.py::test_a",
        "source": "Chen et al. 2020, equation 1 and algorithm 1",
        "next": "edit stages/simclr.py, then run this cell again",
        "warning": "The grader does not have or allow this:\nstages/simclr.py, line 3 imports pandas",
    }
    assert "<caption" in report._repr_html_()
    for text in ("The diagonal stays.", "  expected: [1]", "       got: [2]", "imports pandas", "hello"):
        assert text in str(report)


def test_a_known_mistake_is_called_a_diagnosis():
    told = cells(notebook.Report(failing(diagnosis="Each anchor…", mistake="no_mask"), Path("."))._repr_html_())
    assert told["diagnosis"] == "Each anchor…"


def test_a_passed_stage_is_two_rows():
    passed = failing(outcome="passed", points=12, tests=(), diagnosis="")
    assert cells(notebook.Report(passed, Path("."))._repr_html_()) == {"state": "passed", "points": "12 of 12"}


@pytest.mark.parametrize("field", ["diagnosis", "output"])
def test_nothing_that_a_stage_says_becomes_markup(field):
    evil = "</pre></td><script>alert(1)</script>`<b onclick='x'>`\n  <img src=x onerror=alert(1)>&amp; $x$"
    page = notebook.Report(failing(**{"diagnosis": "no", field: evil}), Path("."))._repr_html_()
    tags = set(re.findall(r"<(\w+)", page))
    assert tags <= {"table", "caption", "tbody", "tr", "th", "td", "div", "pre", "code", "br"}
    assert "alert(1)" in page
    assert html.escape("<script>") in page
    assert "&amp;amp;" in page
    assert 'class="autograder-check tex2jax_ignore"' in page, "MathJax would turn dollars into formulas"


@pytest.mark.parametrize("outcome", ["passed", "wrong", "todo", "error", "blocked", "infrastructure"])
def test_the_table_has_no_colours_and_names_its_state(outcome):
    page = notebook.Report(failing(outcome=outcome, diagnosis="x"), Path("."))._repr_html_()
    assert not re.search(r"background: (?!none)|[^-]color: (?!inherit)|bgcolor", page), (
        "light and dark pages have colours of their own"
    )
    assert cells(page)["state"] in (outcome, *notebook.command.STATES.values())


def test_in_a_real_kernel_a_table_is_shown_and_nbgrader_reads_the_points(folder):
    setup = "from autograder.runner import run\nfrom pathlib import Path\nrun.SUITES['visible'] = Path('suites')\n"
    setup += "from autograder.student.notebook import check, grade"
    grade_cell = nbformat.v4.new_code_cell("grade('prototypes')")
    grade_cell.metadata["nbgrader"] = {
        "grade": True, "solution": False, "locked": True, "points": 6, "grade_id": "prototypes", "schema_version": 3,
    }  # fmt: skip
    twice = "check('prototypes'); check('nothing')\nx = 1"
    book = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, (setup, twice)), grade_cell])
    NotebookClient(book, timeout=120, kernel_name="python3").execute(cwd=str(folder))
    quiet, checked, graded = (cell.outputs for cell in book.cells)
    assert quiet == []
    assert [output.output_type for output in checked] == ["display_data", "stream"]
    assert checked[1].text.startswith("There is no stage 'nothing'.")
    assert [output.output_type for output in graded] == ["display_data", "execute_result"]
    for shown in (checked[0], graded[0]):
        assert shown.data["text/plain"].startswith(
            "prototypes: failing, 3 of 6 points\n\n  it is 2\n\n  test    tests/"
        )
        assert cells(shown.data["text/html"])["message"] == "it is 2"
    assert graded[1].data == {"text/plain": "3.0"}
    assert not [output for cell in book.cells for output in cell.outputs if output.get("name") == "stderr"]
    assert determine_grade(grade_cell) == (3.0, 6)
