"""No score for a refused submission: its grade cells wait for a person instead of counting as zero."""

# nbgrader has no types:
# mypy: allow-subclassing-any

from __future__ import annotations

from pathlib import Path

from nbconvert.exporters.exporter import ResourcesDict
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.submissions import discovery
from autograder.submissions.allowlist import RefusedError


class BlankRefused(NbGraderPreprocessor):
    """Removes the scores that `SaveAutoGrades` has just saved, and marks the cells for grading by hand."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Blanks the grades of the notebook's stages if the submission was refused."""
        info = resources["nbgrader"]
        course = self.parent.parent.coursedir  # of the exporter's converter
        try:
            discovery.read(Path(course.format_path(course.submitted_directory, info["student"], info["assignment"])))
        except RefusedError as error:
            self.log.warning("%s was refused and has no marks: %s", info["student"], error)
            with Gradebook(info["db_url"]) as gradebook:
                for cell in nb.cells:
                    if utils.is_grade(cell) and not utils.is_solution(cell):
                        name = cell.metadata.nbgrader["grade_id"]
                        grade = gradebook.find_grade(name, info["notebook"], info["assignment"], info["student"])
                        grade.auto_score, grade.needs_manual_grade = None, True
                gradebook.db.commit()
        return nb, resources
