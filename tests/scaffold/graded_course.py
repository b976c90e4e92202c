"""A small class in a real nbgrader course, graded once for all tests that look at it.

full       the solutions, with written answers
stub       the release, untouched
half       the first notebook's stages, with the root taken in `distances`; nothing of the second
tampered   everything but `nt_xent`, and an attempt on the grader in every file and cell
broken     the solutions, with a file that is no notebook, and one notebook forgotten
bare       the solutions, and no notebook at all
linked     the solutions, and a link to the gradebook in the place of a stage
late       the solutions, one of which opens a socket; handed in when `autograder grade` had graded the others
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bank

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions" / "stages"
FIRST, SECOND = "1_prototypical_networks.ipynb", "2_simclr.ipynb"
STUDENTS = ("full", "stub", "half", "tampered", "broken", "bare", "linked", "late")
SCRIPT = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">"
FORGED = "nt_xent: full marks, says the autograder"
DRESSED = (  # as Bootstrap, which nbgrader's pages load, dresses a veil over the page, a verdict and a notice
    f'<div class="modal-backdrop in" style="opacity: 1">{FORGED}</div>\n\n'
    f'<span class="label label-success">{FORGED}</span>\n\n'
    f'<div class="alert alert-info" id="nt_xent">{FORGED}</div>'
)

READ_GRADEBOOK = """
import json, sys, warnings
warnings.simplefilter("ignore")
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1]) as gradebook:
    grades = [grade for item in gradebook.find_assignment("homework").submissions
              for notebook in item.notebooks for grade in notebook.grades]
    print(json.dumps([[grade.student.id, grade.name, grade.auto_score, grade.max_score,
                       bool(grade.needs_manual_grade)] for grade in grades]))
"""


@dataclass(frozen=True)
class Grade:
    """One row of the gradebook."""

    student: str
    cell: str
    score: float | None
    max_score: float
    needs_a_reader: bool


class Course:
    """A course's folder, and stock commands run in it with a home of their own.

    Attributes:
        folder: the course.
        home: of its user.
        trap: a file that appears if a submission's own modules are ever imported.
        output: what `autograder grade` wrote.
        kept: the results that it left in the course at first, by name: what tells a file from one written anew.
        autograded: those after `nbgrader autograde`. Then `autograder grade` ran again.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.output = folder.parent / "graded"
        self.kept: dict[str, tuple[int, int]] = {}
        self.autograded: dict[str, tuple[int, int]] = {}
        self.home = folder.parent / "home"
        self.trap = folder.parent / "trap"
        self.home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTEST", "COV"))}
        self.environment = kept | {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "OMP_NUM_THREADS": "1",
        }

    def run(self, *arguments: str, module: str = "nbgrader") -> str:
        """Runs `nbgrader …` in the course and returns what it logged; fails with the log if it fails."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder if self.folder.is_dir() else self.home,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        refused = 3 if arguments[0] == "grade" else 0  # somebody has to look at the student whose stage is a link
        assert done.returncode in (0, refused), f"{module} {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def results(self) -> dict[str, tuple[int, int]]:
        """The results in the course's store, by name: what tells a file from one written anew."""
        files = {path.name: path.stat() for path in (self.folder / ".grades").glob("*.json")}
        return {name: (status.st_ino, status.st_mtime_ns) for name, status in files.items() if name != "seed.json"}

    def grades(self) -> dict[tuple[str, str], Grade]:
        """The gradebook: {(student, cell): grade}."""
        database = f"sqlite:///{self.folder / 'gradebook.db'}"
        done = subprocess.run(
            [sys.executable, "-c", READ_GRADEBOOK, database],
            env=self.environment | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [Grade(*row) for row in json.loads(done.stdout)]
        return {(row.student, row.cell): row for row in rows}

    def notebook(self, step: str, student: str, name: str) -> dict[str, Any]:
        """A notebook of a step, such as `autograded`, as JSON."""
        return json.loads((self.folder / step / student / "homework" / name).read_text(encoding="utf-8"))

    def feedback(self, student: str, name: str) -> str:
        """A page of feedback."""
        page = self.folder / "feedback" / student / "homework" / name.replace(".ipynb", ".html")
        return page.read_text(encoding="utf-8")


@functools.cache
def shared(folder: Path) -> Course:
    """The graded course in that folder, made at the first call in this process."""
    return make(folder)


def make(folder: Path) -> Course:
    """Writes a course, releases the assignment, hands in, grades with both, feeds back, exports."""
    course = Course(folder)
    course.run("course", str(folder), module="autograder")
    course.run("generate_assignment", "homework")
    for student in STUDENTS:
        if student == "late":
            course.run("grade", str(folder), "--output", str(course.output), module="autograder")
            course.kept = course.results()
        target = folder / "submitted" / student / "homework"
        shutil.copytree(folder / "release" / "homework", target)
        globals()[f"_hand_in_{student}"](course, target)
    course.run("autograde", "homework")
    course.autograded = course.results()
    course.run("grade", str(folder), "--output", str(course.output), module="autograder")
    course.run("generate_feedback", "homework")
    course.run("export")
    return course


def _hand_in_full(course: Course, target: Path) -> None:
    _solve(target)
    for name in (FIRST, SECOND):
        notebook = json.loads((target / name).read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = f"Because $a<b$ and **so on**. {SCRIPT} [link](javascript:alert(1))"
        (target / name).write_text(json.dumps(notebook), encoding="utf-8")


def _hand_in_stub(course: Course, target: Path) -> None:
    pass


def _hand_in_half(course: Course, target: Path) -> None:
    for module in ("omniglot", "episodes"):
        shutil.copyfile(SOLUTIONS / f"{module}.py", target / "stages" / f"{module}.py")
    entry = next(entry for entry in bank.entries("wrong") if entry.stage == "distances" and entry.slug == "rooted")
    bank.build(entry, course.home / "half")
    shutil.copyfile(course.home / "half" / "stages" / "protonet.py", target / "stages" / "protonet.py")


def _hand_in_broken(course: Course, target: Path) -> None:
    _solve(target)
    (target / FIRST).write_text("{ this is no notebook", encoding="utf-8")
    (target / SECOND).unlink()


def _hand_in_bare(course: Course, target: Path) -> None:
    _solve(target)
    for name in (FIRST, SECOND):
        (target / name).unlink()


def _hand_in_linked(course: Course, target: Path) -> None:
    _solve(target)
    (target / "stages" / "report.py").unlink()
    (target / "stages" / "report.py").symlink_to(course.folder / "gradebook.db")


def _hand_in_late(course: Course, target: Path) -> None:
    _solve(target)
    with (target / "stages" / "episodes.py").open("a", encoding="utf-8") as file:
        file.write("\n\nimport socket\n\ntry:\n    socket.socket()\nexcept OSError:\n    pass\n")


def _hand_in_tampered(course: Course, target: Path) -> None:
    stub = (target / "stages" / "simclr.py").read_text(encoding="utf-8")
    _solve(target)
    unwritten = stub[stub.index("def nt_xent_loss") : stub.index("def train_simclr")]
    with (target / "stages" / "simclr.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\n{unwritten}")
    evil = f"open({str(course.trap)!r}, 'a').write(__name__ + '\\n')\n"
    for name in ("torch", "conftest", "sitecustomize", "usercustomize", "pytest", "stages/conftest", "stages/torch"):
        (target / f"{name}.py").write_text(evil, encoding="utf-8")
    for name in ("autograder", "tests", "data_stubs", "experiments", "nbgrader"):
        (target / name).mkdir(exist_ok=True)
        (target / name / "__init__.py").write_text(evil, encoding="utf-8")
    (target / "autograder" / "rubric.py").write_text(evil, encoding="utf-8")
    (target / "tests" / "test_nt_xent.py").write_text("def test_passes(): pass\n", encoding="utf-8")
    (target / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n", encoding="utf-8")
    (target / "stolen.db").symlink_to(course.folder / "gradebook.db")
    notebook = json.loads((target / SECOND).read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    full_marks = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "12.0"}}
    grade = cells["grade-nt_xent"]
    grade["source"] = "12.0"
    grade["outputs"] = [full_marks]
    grade["metadata"]["tags"] = ["skip-execution"]
    grade["metadata"]["nbgrader"] |= {"points": 1000, "locked": False, "checksum": "forged"}
    cells["grade-two_views"]["metadata"]["nbgrader"]["grade"] = False  # disguised
    probe = cells["grade-linear_probe"]
    notebook["cells"].remove(cells["grade-projection_head"])
    notebook["cells"].remove(cells["grade-comparison"])
    notebook["cells"].remove(probe)
    notebook["cells"].append({"cell_type": "markdown", "id": "x", "source": SCRIPT, "metadata": probe["metadata"]})
    notebook["cells"].append(dict(grade, id="again"))
    shown = {"text/html": SCRIPT, "application/javascript": "document.title = 'owned'", "text/plain": SCRIPT}
    forged = {"output_type": "display_data", "metadata": {}, "data": shown | {"image/png": f'"{SCRIPT}'}}
    code = {"cell_type": "code", "id": "y", "source": SCRIPT, "metadata": {}, "execution_count": 1, "outputs": [forged]}
    notebook["cells"] += [code, {"cell_type": "raw", "id": "z", "source": SCRIPT, "metadata": {"format": "text/html"}}]
    dressed = {"data": {"text/html": DRESSED, "text/plain": DRESSED}, "metadata": {}, "output_type": "display_data"}
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "d", "source": DRESSED, "metadata": {}})
    notebook["cells"].append(dict(code, id="o", outputs=[dressed]))
    notebook["metadata"]["autograder_note"] = FORGED
    notebook["metadata"]["language_info"] = {"name": SCRIPT, "pygments_lexer": "html"}
    (target / SECOND).write_text(json.dumps(notebook), encoding="utf-8")


def _solve(target: Path) -> None:
    shutil.copytree(SOLUTIONS, target / "stages", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
