"""The settings with which stock nbgrader uses all this. A course's `nbgrader_config.py` calls `configure`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.nbgrader import record

ASSIGNMENT = "homework"
ANSWER = "YOUR ANSWER HERE"
STAGE_FILES = tuple(f"stages/{module}.py" for module in rubric.MODULES)

# What `zip_collect.py` has put into <student>-hw<NN>/: stages, and notebooks of any name, see `submission.py`.
COLLECTED = (
    r".*[/\\](?P<student_id>[^/\\]+)-hw\d+[/\\]"
    r"(?P<file_id>stages[/\\]\w+(?=\.py$)|[^/\\]+(?=\.ipynb$))\.(?:ipynb|py)$"
)


def configure(c: Any, assignment: str = ASSIGNMENT, require_isolation: str | None = None) -> None:
    """Puts our settings into nbgrader's configuration object `c`.

    Args:
        c: the object.
        assignment: the assignment's name.
        require_isolation: the weakest level of isolation at which submissions may be graded: `limits`, `namespaces` or
            `landlock`; by default the best that the machine has.
    """
    here = "autograder.nbgrader"
    if require_isolation is not None:
        os.environ[record.REQUIRED] = require_isolation

    # nbgrader calls `alembic` by name, which is not found in a virtual environment that is not activated.
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), scripts])

    # No notebook is executed. A submitted one is brought back to the shape of the released one, and its grade cells are
    # filled with what the hidden suites say about the submission's stages/*.py.
    c.Autograde.exporter_class = f"{here}.submission.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [
        f"{here}.restore_notebook.RestoreCells",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.Autograde.autograde_preprocessors = [
        f"{here}.grade_cells.GradeStages",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        f"{here}.refused.BlankRefused",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]

    # A forgotten notebook does not cost the points of its stages; files that are not on the allow-list go no further.
    c.Autograde.pre_convert_hook = f"{here}.submission.find_notebooks"
    c.Autograde.post_convert_hook = f"{here}.submission.keep_only_known_files"

    # The student's stages stay; every other file of the release replaces the submitted one.
    c.Autograde.exclude_overwriting = {assignment: list(STAGE_FILES)}

    # A refused submission is not exported as a zero either.
    c.ExportApp.plugin_class = f"{here}.export.BlankExport"

    # Pages show what students wrote: none of their scripts or markup reaches a browser.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.filters = {name: f"{here}.sanitize.{name}" for name in ("markdown2html", "clean_html")}

    # The stock `nbgrader zip_collect` unpacks whatever archives hold, and drops the .py files, which are graded.
    c.ZipCollectApp.extractor_plugin = f"{here}.zip_collect.SafeExtractor"
    c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py"]
    c.FileNameCollectorPlugin.named_regexp = COLLECTED

    c.ClearSolutions.text_stub = ANSWER
