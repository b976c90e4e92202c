"""`autograder grade` beside stock nbgrader: the same submissions, hidden suites, seed, and scores.

    python tests/benchmarks/grading_time.py [--submissions 30] [--folder DIR] [--json FILE]

The stock course runs nbgrader's own executor: a Jupyter kernel for each notebook, in which each grade cell runs the
hidden suite of its stage through the runner, in a process forked from one that has torch loaded. It has nothing but
these cells, so that nobody is charged for the cells of the assignment that train. Ours grades in the sandbox. Both are
measured from the start of the command to its end; the exit status is 1 if a score differs or the ratio is below 10.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scaffold"))

import bank  # noqa: E402

from autograder import rubric  # noqa: E402
from autograder.nbgrader.gradebook import stage_scores  # noqa: E402

SEED = 20_260
NEEDED = 10.0
CELL = """\
from pathlib import Path
from autograder import rubric
from autograder.runner import run as runner
(result,) = runner.run(Path("."), [rubric.get({stage!r})], "hidden", jobs=1, seed={seed})
float(result.points)"""
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.root = {root!r}
c.ExecutePreprocessor.timeout = 300
c.Autograde.exclude_overwriting = {{"homework": {stages!r}}}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="where to work; removed at the end unless it is given")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="grading-time-"))
    try:
        figures = measure(folder, options.submissions)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{figures['submissions']} submissions, {figures['cores']} cores\n"
        f"nbgrader autograde, stock  {figures['stock']:7.1f} s  "
        f"{figures['stock'] / figures['submissions']:6.2f} s each\n"
        f"autograder grade           {figures['ours']:7.1f} s  {figures['ours'] / figures['submissions']:6.2f} s each  "
        f"({figures['isolation']})\n"
        f"ratio {figures['ratio']:.1f}; scores that differ: {len(figures['different'])} of {figures['scores']}"
    )
    for difference in figures["different"]:
        print("  differs:", *difference)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0 if not figures["different"] and figures["ratio"] >= NEEDED else 1


def measure(folder: Path, count: int) -> dict:
    """Makes the class, grades it both ways, one after the other, and compares."""
    handed_in = folder / "class"
    students = make_class(handed_in, count)
    course = make_course(folder / "stock", handed_in)
    run("nbgrader", "generate_assignment", "homework", cwd=course)
    start = time.perf_counter()
    run("nbgrader", "autograde", "homework", cwd=course)
    stock = time.perf_counter() - start
    start = time.perf_counter()
    run("autograder", "grade", str(handed_in), "--output", str(folder / "out"), "--seed", str(SEED), cwd=ROOT)
    ours = time.perf_counter() - start

    results = json.loads((folder / "out" / "results.json").read_text())
    graded = {entry["student_id"]: entry["stages"] for entry in results["submissions"]}
    scores = stage_scores(course)
    different = [
        (student, stage.id, scores[student][stage.id], graded[student][stage.id]["points"])
        for student in students
        for stage in rubric.STAGES
        if scores[student][stage.id] != graded[student][stage.id]["points"]
    ]
    return {
        "submissions": count,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "isolation": results["isolation"],
        "stock": round(stock, 2),
        "ours": round(ours, 2),
        "ratio": round(stock / ours, 2),
        "scores": count * len(rubric.STAGES),
        "different": different,
    }


def make_class(folder: Path, count: int) -> list[str]:
    """A mixed class: a third writes everything right in their own ways, a third has a mistake, a third is not done."""
    right, wrong = bank.entries("right"), bank.entries("wrong")
    students = []
    for number in range(count):
        student, kind = f"student{number:02}", number % 3
        target = folder / student
        if kind == 2:
            (target / "stages").mkdir(parents=True)
            done = number // 3 % (len(rubric.MODULES) + 1)
            for position, module in enumerate(rubric.MODULES):
                side = "solutions" if position < done else "assignment"
                shutil.copy(ROOT / side / "stages" / f"{module}.py", target / "stages")
            shutil.copy(ROOT / "solutions" / "stages" / "__init__.py", target / "stages")
        else:
            chosen = (right, wrong)[kind]
            bank.build(chosen[(number * 7919) % len(chosen)], target)
        with open(target / "stages" / "__init__.py", "a", encoding="utf-8") as file:
            file.write(f"# {student}\n")  # nobody's result is known because somebody handed in the same
        students.append(student)
    return students


def make_course(course: Path, handed_in: Path) -> Path:
    """A course of stock nbgrader: its notebooks hold one grade cell a stage; the submissions are those of the class."""
    source = course / "source" / "homework"
    (source / "stages").mkdir(parents=True)
    for path in (ROOT / "assignment" / "stages").glob("*.py"):
        shutil.copy(path, source / "stages")
    for name in dict.fromkeys(stage.notebook for stage in rubric.STAGES):
        notebook = nbformat.v4.new_notebook(
            cells=[grade_cell(stage) for stage in rubric.STAGES if stage.notebook == name],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, source / f"{name}.ipynb")
    stages = [f"stages/{path.name}" for path in (handed_in / "student00" / "stages").glob("*.py")]
    extra = {f"stages/{path.name}" for path in handed_in.glob("*/stages/*.py")}
    (course / "nbgrader_config.py").write_text(CONFIG.format(root=str(course), stages=sorted({*stages, *extra})))
    for student in sorted(handed_in.iterdir()):
        target = course / "submitted" / student.name / "homework"
        shutil.copytree(student, target)
        for path in source.glob("*.ipynb"):
            shutil.copy(path, target)
    return course


def grade_cell(stage: rubric.Stage) -> nbformat.NotebookNode:
    """A locked cell that grades one stage."""
    marks = {"grade": True, "grade_id": stage.id, "locked": True, "points": stage.points, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(CELL.format(stage=stage.id, seed=SEED))
    cell.metadata["nbgrader"] = {**marks, "solution": False, "task": False}
    return cell


def run(module: str, *arguments: str, cwd: Path) -> None:
    """Runs a command in a folder; ends with what it said if it fails."""
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{module} {' '.join(arguments)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
