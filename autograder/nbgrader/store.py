"""The grades of a submission: made once by a process of its own, kept by content, read by every notebook after.

The key is the content of `stages/*.py` and of the suites, so that an unchanged submission is not graded again, and the
second notebook of a submission finds what the first one's grading left.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.errors import UserError
from autograder.nbgrader import submitted

PACKAGE = Path(__file__).resolve().parents[1]
FOLDER = ".grades"  # in the course
SECONDS = 120 + sum(stage.seconds for stage in rubric.STAGES)


def stages_of(submission: Path, store: Path) -> dict[str, dict[str, Any]]:
    """Returns the graded stages of a submission, from the store or freshly graded.

    Args:
        submission: the folder that holds `stages/`.
        store: the folder that keeps the results.

    Returns:
        {stage id: {"points", "max_points", "outcome", "tests": [{"name", "outcome", "message"}], "diagnosis"}}, with a
        finite number of points in 0 … max_points for every stage of the rubric.

    Raises:
        UserError: the grader itself failed; there is no grade.
    """
    kept = store / f"{key(submission)}.json"
    try:
        return checked(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, UserError):
        pass  # never graded, or a file that a crash left behind
    result = grade(submission)
    stages = checked(result)
    store.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}.new")
    fresh.write_text(json.dumps(result, indent=1), encoding="utf-8")
    fresh.replace(kept)
    return stages


def key(submission: Path) -> str:
    """A name for the content of what is graded and of what grades it."""
    content = hashlib.sha256()
    suites = sorted([*(PACKAGE / "suites").rglob("*.py"), *(PACKAGE / "grading").rglob("*.py"), PACKAGE / "rubric.py"])
    for path in [*submitted.stage_files(submission), *suites]:
        name = path.name.encode()
        text = path.read_bytes()
        content.update(b"%d %d " % (len(name), len(text)) + name + text)
    return content.hexdigest()[:32]


def grade(submission: Path) -> dict[str, Any]:
    """Grades in a clean process: isolated mode, an empty working directory, and a private copy of stages/*.py alone."""
    with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        copy = submitted.copy_stages(submission, home / "submission")
        answer = home / "result.json"
        seed = secrets.randbelow(2**31)
        command = [sys.executable, "-I", "-m", "autograder.nbgrader.grade_one", str(copy), str(answer), str(seed)]
        (home / "empty").mkdir()
        try:
            done = subprocess.run(
                command,
                cwd=home / "empty",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"The grader did not end within {SECONDS:.0f} seconds on {submission}.") from None
        if done.returncode != 0 or not answer.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise UserError(f"The grader failed on {submission} (exit status {done.returncode}): {last[0]}")
        return json.loads(answer.read_text(encoding="utf-8"))


def checked(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the stages of a result if every one has a score that may be written down.

    Raises:
        UserError: a stage is missing, its points are no finite number, or the grader was at fault.
    """
    stages = result.get("stages", {})
    for stage in rubric.STAGES:
        graded = stages.get(stage.id)
        if not isinstance(graded, dict):
            raise UserError(f"The grader has no result for the stage {stage.id}.")
        if graded["outcome"] == "infrastructure":
            raise UserError(
                f"The grader failed on the stage {stage.id}, which is not the student's fault: grade again."
            )
        points = graded["points"]
        if isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points):
            raise UserError(f"The grader gave {points!r} points for the stage {stage.id}.")
        graded["points"] = round(min(max(float(points), 0.0), float(stage.points)), 2)
    return stages
