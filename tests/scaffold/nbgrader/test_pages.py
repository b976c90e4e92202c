"""What of a student's notebook reaches a page of nbgrader's, and how many points a grade cell shows."""

from __future__ import annotations

import json
import time
from pathlib import Path

import nbformat
import pytest

from autograder import rubric
from autograder.nbgrader import answers, grade_cells, restore_notebook, sanitize, submission

FILE = f"{rubric.SIMCLR}.ipynb"


def rendered(source: str) -> str:
    """A Markdown cell as nbconvert's template puts it into the page."""
    return sanitize.clean_html(sanitize.markdown2html({}, source))


@pytest.mark.parametrize(
    "attribute",
    ['class="modal-backdrop"', 'class="label label-success"', 'id="x"', 'name="x"', 'style="color:red"', 'data-x="y"'],
)
def test_students_markup_has_no_attribute_that_dresses_it_as_the_page(attribute: str) -> None:
    assert rendered(f"<span {attribute}>passed</span>") == "<p><span>passed</span></p>\n"


def test_highlighted_code_and_the_autograders_reports_keep_their_classes() -> None:
    assert '<span class="kn">import</span>' in rendered("```python\nimport x\n```")
    assert "label-success" in sanitize.clean_html('<span class="label label-success">passed</span>')


@pytest.mark.parametrize(
    "address",
    [
        "da&#9;ta:text/html,x",
        "java&#10;script:alert(1)",
        "&#1;javascript:alert(1)",
        "DATA:x",
        "//evil",
        "vbscript&colon;x",
    ],
)
def test_a_link_has_no_other_scheme_however_it_is_written(address: str) -> None:
    assert "href" not in rendered(f'<a href="{address}">x</a>')


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/2002.05709", "stages/simclr.py", "#top", "mailto:a@b.org"])
def test_an_ordinary_link_stays(address: str) -> None:
    assert f'href="{address}"' in rendered(f"[x]({address})")


@pytest.mark.parametrize("piece", [" ", "\\\\(", "\\\\[", "<div>", "<", "\\begin{a}"])
def test_no_text_of_a_cell_takes_seconds_to_render(piece: str) -> None:
    source = ("a" + piece * restore_notebook.MAX_TEXT)[: restore_notebook.MAX_TEXT - 1] + "b"
    start = time.process_time()
    sanitize.markdown2html({}, source)
    assert time.process_time() - start < 1


def test_texts_are_cut_with_a_sentence_that_says_so() -> None:
    budget = restore_notebook.Budget()
    first = budget.take("x" * 40_000)
    assert first.count("x") == 20_000
    assert "20000 of 40000 characters" in first
    kept = sum(budget.take("z" * 20_000).count("z") for _ in range(20))
    assert kept == 180_000
    assert budget.cut


def test_a_note_that_a_notebook_brings_along_is_nobodys_word(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(metadata={submission.NOTE: "Full marks."})
    (tmp_path / FILE).write_text(nbformat.writes(notebook))
    _, resources = submission.SubmissionExporter().from_filename(str(tmp_path / FILE))
    assert resources[submission.NOTE] == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("version", [3, 4])
def test_a_notebook_of_any_encoding_and_version_is_read(tmp_path: Path, encoding: str, version: int) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Привет")])
    text = nbformat.writes(nbformat.convert(notebook, version), version=version)
    (tmp_path / FILE).write_bytes(text.encode(encoding))
    read, note = submission.read_notebook(tmp_path / FILE)
    assert [cell.source for cell in read.cells] == ["Привет"]
    assert note == ""


def test_a_renamed_notebook_that_is_unique_is_found(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_code_cell("", metadata={"nbgrader": {"grade_id": stage.id}})
        for stage in rubric.STAGES
        if stage.notebook == rubric.SIMCLR
    ]
    text = json.dumps(nbformat.v4.new_notebook(cells=cells))
    (tmp_path / "2_simclr (1).ipynb").write_text(text)
    assert submission.add_notebook_if_none(tmp_path)
    assert (tmp_path / "2_simclr.ipynb").read_text() == text


def test_an_answer_below_an_untouched_prompt_is_pointed_at() -> None:
    cell = nbformat.v4.new_markdown_cell
    known = {"Question", "Next stage"}
    assert answers.pointer(1, [cell("Question"), None, cell("Mine"), cell("Next stage")], known) == answers.BESIDE
    assert answers.pointer(1, [cell("Question"), None, cell("Next stage"), cell("Mine")], known) == answers.ELSEWHERE
    assert answers.pointer(1, [cell("Question"), None, cell("Next stage")], known) == ""


@pytest.mark.parametrize(("max_points", "score"), [(12, 11.33), (6, 5.67), (24, 22.66), (0, 0)])
def test_the_share_that_was_earned_is_scaled_to_the_cell(max_points: float, score: float) -> None:
    earned = {"points": 11.33, "max_points": 12, "outcome": "wrong", "tests": [], "diagnosis": ""}
    result = grade_cells.outputs(rubric.get("nt_xent"), earned, max_points, "limits")[-1]
    assert float(result["data"]["text/plain"]) == pytest.approx(score, abs=0.006)
