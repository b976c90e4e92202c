"""`autograder course DIR`: a ready nbgrader course with this assignment in it.

    DIR/nbgrader_config.py            the settings, see `autograder/nbgrader/config.py`
    DIR/marking_guide.md              what a good written answer contains
    DIR/source/<assignment>/          what nbgrader releases: notebooks, stubs of the stages, experiments

nbgrader copies the .py files below `source` to students as they are, so the stages there are the stubs, freshly made
from the solutions; no solution ever gets into the folder.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

from autograder.errors import UserError
from autograder.nbgrader import config
from autograder.nbgrader.config import ASSIGNMENT
from autograder.release import generate

ROOT = Path(__file__).resolve().parents[2]
CONFIG = '''\
"""An nbgrader course, written by `autograder course`. Run nbgrader and Jupyter in this folder:

    nbgrader generate_assignment {assignment}      source/ -> release/, and the gradebook
    autograder grade . --output ../graded      grades the class fast; autograde then only reads the results
    nbgrader autograde {assignment}                submitted/<student>/{assignment}/ -> autograded/ and scores
    jupyter lab                              formgrader: read the written answers
    nbgrader generate_feedback {assignment}        feedback/<student>/{assignment}/*.html
    nbgrader export                          grades.csv

No notebook is executed for grading; see autograder/nbgrader/config.py for every setting and its reason.
"""

from pathlib import Path

from autograder.nbgrader.config import configure

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "{course_id}"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
configure(c, assignment="{assignment}")  # require_isolation="landlock" refuses to grade without it
'''


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder course`."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="the course's folder; new or empty")
    parser.add_argument("--course-id", default="metric_learning", metavar="ID", help="[%(default)s]")
    parser.add_argument("--assignment", default=ASSIGNMENT, metavar="NAME", help="[%(default)s]")


def main(arguments: argparse.Namespace) -> int:
    """Writes the course and says what to do next."""
    write(arguments.directory, arguments.course_id, arguments.assignment)
    print(
        f"The course is in {arguments.directory}. Next, in that folder: "
        f"nbgrader generate_assignment {arguments.assignment}"
    )
    return 0


def write(directory: Path, course_id: str = "metric_learning", assignment: str = ASSIGNMENT, root: Path = ROOT) -> Path:
    """Writes a course.

    Args:
        directory: new or empty.
        course_id: letters, digits, `_`, `-`, `.`.
        assignment: likewise.
        root: the checkout.

    Returns:
        `directory`.

    Raises:
        UserError: the folder is in use, a name is unsuitable, or nbgrader is not installed.
    """
    for name in (course_id, assignment):
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            raise UserError(f"{name!r} cannot name a course or assignment: use letters, digits, `_`, `-` and `.`.")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UserError(f"{directory} already exists and is not empty; name a new folder.")
    source = directory / "source" / assignment
    for name, content in generate.generate(generate.solutions(root)).items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    experiments = root / "assignment" / "experiments"
    if experiments.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", ".*", "runs")
        shutil.copytree(experiments, source / "experiments", ignore=ignored)
    (directory / "nbgrader_config.py").write_text(
        CONFIG.format(assignment=assignment, course_id=course_id), encoding="utf-8"
    )
    shutil.copyfile(Path(config.__file__).with_name("marking_guide.md"), directory / "marking_guide.md")
    return directory
