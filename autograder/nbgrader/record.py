"""The record of a submission for nbgrader: from the course's store, or graded by a separate process.

`autograder grade COURSE` fills the same store, so that a later `nbgrader autograde` grades nothing and only reads.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from autograder import rubric
from autograder.errors import UserError
from autograder.grading import grade as grading
from autograder.grading import results_store
from autograder.submissions import discovery
from autograder.submissions.allowlist import Handed, RefusedError

FOLDER = results_store.FOLDER  # in the course
REQUIRED = "AUTOGRADER_REQUIRE_ISOLATION"  # the environment variable that names the weakest level that will do
SECONDS = 120 + sum(2 * stage.seconds for stage in rubric.STAGES)


def record_of(submission: Path, folder: Path) -> dict[str, Any]:
    """Returns the record of a submission (see `grading/grade.py`), from the store or freshly graded.

    Args:
        submission: the folder that holds `stages/`.
        folder: the store's.

    Returns:
        The record, with a finite number of points in 0 … max_points for every stage of the rubric; without points
        and with the reason for a submission that is refused.

    Raises:
        UserError: the grader itself failed; there is no grade.
    """
    required = os.environ.get(REQUIRED) or None
    try:
        handed = discovery.read(submission)
    except RefusedError as error:
        return grading.refused(str(error), rubric.STAGES, None)
    except OSError as error:
        raise UserError(f"{submission} could not be read: {error.strerror}.") from error
    kept, name = results_store.Store(folder), results_store.key(handed)
    strong = grading.rank(required or grading.NONE)
    record = kept.load(name, rubric.STAGES, accepts=lambda level: grading.rank(level) >= strong)
    if record is None:
        seed = kept.seed()  # that of an earlier `autograder grade`: all students get the same hidden inputs
        fresh = grade(handed, secrets.randbelow(2**31) if seed is None else seed, required)
        record = grading.checked(fresh, rubric.STAGES)
        kept.save(name, rubric.STAGES, record)
    return record


def grade(handed: Handed, seed: int, required: str | None = None) -> dict[str, Any]:
    """Grades in a clean process: isolated mode, an empty working directory, and a private copy of stages/*.py alone."""
    with tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        copy = handed.write(home / "submission")
        answer = home / "result.json"
        level = grading.level(required)
        command = [
            sys.executable,
            "-I",
            "-m",
            "autograder.nbgrader.grade_process",
            str(copy),
            str(answer),
            str(seed),
            level,
        ]
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
            raise UserError(f"The grader did not end within {SECONDS:.0f} seconds.") from None
        if done.returncode != 0 or not answer.is_file():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise UserError(f"The grader failed (exit status {done.returncode}): {last[0]}")
        return dict(json.loads(answer.read_text(encoding="utf-8")))
