"""The notebooks: well made, and run from top to bottom in a real kernel."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.nbgraderformat import MetadataValidator

from autograder import rubric
from autograder.errors import UserError
from autograder.release import notebooks

NAMES = [f"{name}.ipynb" for name in notebooks.NOTEBOOKS]


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return {name: nbformat.reads(text, as_version=4) for name, text in notebooks.build().items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_for_jupyter_and_nbgrader(built: dict[str, Any], name: str) -> None:
    nbformat.validate(built[name])
    MetadataValidator().validate_nb(built[name])
    assert not any(cell.get("outputs") for cell in built[name].cells)
    assert len({cell.id for cell in built[name].cells}) == len(built[name].cells)


def test_building_twice_gives_the_same_bytes() -> None:
    assert notebooks.build() == notebooks.build()


def test_each_stage_has_one_locked_cell_and_each_notebook_two_questions(built: dict[str, Any]) -> None:
    for stage in rubric.STAGES:
        cells = built[f"{stage.notebook}.ipynb"].cells
        (cell,) = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == stage.id]
        marks = cell.metadata.nbgrader
        assert (marks.grade, marks.locked, marks.solution, marks.points) == (True, True, False, stage.points)
        assert cell.source == f'grade("{stage.id}")'
    for name in NAMES:
        answers = [cell for cell in built[name].cells if cell.metadata.get("nbgrader", {}).get("solution")]
        assert [(cell.cell_type, cell.metadata.nbgrader.points) for cell in answers] == [("markdown", 5)] * 2


@pytest.mark.parametrize("name", NAMES)
def test_the_original_homeworks_mistakes_are_not_repeated(built: dict[str, Any], name: str) -> None:
    code = "\n".join(cell.source for cell in built[name].cells if cell.cell_type == "code")
    assert ".cuda(" not in code
    assert ".eval()" in code
    assert "no_grad()" in code


STAGES = [stage.id for stage in rubric.STAGES if stage.notebook == rubric.PROTONET]
CONTENT = "# Title\n\n" + "\n\n".join(f"<!-- stage: {stage} -->\n\ntext\n\n<!-- grade: {stage} -->" for stage in STAGES)


def test_content_becomes_cells() -> None:
    content = CONTENT.replace("text", "prose\n\n```python\nx = 1\n\ny = 2\n```\nmore\n\n## Heading\nend", 1)
    cells = json.loads(notebooks.build_one(rubric.PROTONET, content))["cells"]
    found = [(cell["id"], "".join(cell["source"])) for cell in cells[:7]]
    assert found[0] == ("intro-01", "# Title")
    assert found[1][0] == f"{STAGES[0]}-01"
    assert found[2:6] == [
        (f"{STAGES[0]}-02", "prose"),
        (f"{STAGES[0]}-03", "x = 1\n\ny = 2"),
        (f"{STAGES[0]}-04", "more"),
        (f"{STAGES[0]}-05", "## Heading\nend"),
    ]
    assert found[6] == (f"grade-{STAGES[0]}", f'grade("{STAGES[0]}")')


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT.replace(f"<!-- grade: {STAGES[-1]} -->", ""), f"grade, {STAGES[-1]}|grade: {STAGES[-1]}"),
        (CONTENT.replace(f"stage: {STAGES[1]} ", f"stage: {STAGES[2]} "), f"line 9: .*stage: {STAGES[1]}"),
        (CONTENT + "\n<!-- grade: nt_xent -->", "no further stage"),
        (CONTENT + "\n<!-- grades: nt_xent -->", "not one of the comments"),
        (CONTENT + "\n```python\nx = 1\n", "never closed"),
        (CONTENT + "\n<!-- answer: why -->", "5 points"),
    ],
)
def test_mistakes_in_the_content_are_named_with_their_line(content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        notebooks.build_one(rubric.PROTONET, content)


def test_a_stage_that_the_text_does_not_mention_gets_its_heading_and_grade_cell_in_its_place() -> None:
    for left_out in (0, 2, len(STAGES) - 1):
        part = f"<!-- stage: {STAGES[left_out]} -->\n\ntext\n\n<!-- grade: {STAGES[left_out]} -->"
        cells = json.loads(notebooks.build_one(rubric.PROTONET, CONTENT.replace(part, "") + "\n\nend"))["cells"]
        assert [cell["id"][6:] for cell in cells if cell["id"].startswith("grade-")] == STAGES
        assert {f"{stage}-01" for stage in STAGES} <= {cell["id"] for cell in cells}
        assert "".join(cells[-1]["source"]) == "end"


@pytest.mark.parametrize("name", notebooks.NOTEBOOKS)
def test_an_author_may_save_the_text_in_jupyterlab_and_nothing_changes(name: str) -> None:
    content = (notebooks.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    opened = jupytext.reads(content, "md")
    for cell in opened.cells:
        cell.metadata = {}  # nothing hangs on what the text does not show
    saved = jupytext.writes(opened, "md")
    assert saved == content
    assert notebooks.build_one(name, saved) == notebooks.build()[f"{name}.ipynb"]


def place(root: Path, folder: Path, stages: str) -> Path:
    """Lays out what a student has: the notebooks' folder with `stages` of `solutions` or `assignment`."""
    target = folder / "assignment"
    ignored = shutil.ignore_patterns("__pycache__", "*.ipynb", ".*")
    shutil.copytree(root / "assignment", target, ignore=ignored)
    shutil.copytree(root / stages / "stages", target / "stages", dirs_exist_ok=True, ignore=ignored)
    return target


def execute(notebook: Any, folder: Path, *, allow_errors: bool = False) -> None:
    """Runs a notebook in a kernel of its own, which has ended when this returns."""
    environment = {name: value for name, value in os.environ.items() if name != "DATA_ROOT"}
    environment |= {"HOME": str(folder.parent), "IPYTHONDIR": str(folder.parent / "ipython")}
    environment.pop("MPLBACKEND", None)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=allow_errors)
    manager = client.create_kernel_manager()
    client.execute(cwd=str(folder), env=environment)
    assert not manager.has_kernel


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_with_the_reference_stages(
    built: dict[str, Any], name: str, root: Path, tmp_path: Path
) -> None:
    notebook = nbformat.from_dict(built[name])
    execute(notebook, place(root, tmp_path, "solutions"))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 5
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            (result,) = [output for output in cell.outputs if output.output_type == "execute_result"]
            assert float(result.data["text/plain"]) == cell.metadata.nbgrader.points


@pytest.mark.slow
def test_a_cell_that_needs_an_unwritten_stage_says_so_in_one_line(
    built: dict[str, Any], root: Path, tmp_path: Path
) -> None:
    notebook = nbformat.from_dict(built[NAMES[0]])
    last = next(index for index, cell in enumerate(notebook.cells) if cell.id == "grade-read_omniglot")
    notebook.cells = notebook.cells[: last + 1]
    execute(notebook, place(root, tmp_path, "assignment"), allow_errors=True)
    (driving,) = [cell for cell in notebook.cells if "import read_omniglot" in cell.source]
    (error,) = driving.outputs
    assert error.output_type == "error"
    assert error.ename == "NotImplementedError"
    (line,) = error.traceback
    assert line.startswith("TODO read_omniglot: ")
    (result,) = [output for output in notebook.cells[-1].outputs if output.output_type == "execute_result"]
    assert float(result.data["text/plain"]) == 0
