"""The process that grades one submission for nbgrader.

    python -I -m autograder.nbgrader.grade_process SUBMISSION RESULT SEED LEVEL

The submission's code runs in processes that this one starts (see `runner/`), never in nbgrader's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder import rubric
from autograder.grading import grade
from autograder.submissions import discovery


def main() -> None:
    """Grades at that level of isolation and writes the record as JSON; the hidden inputs are drawn from the seed."""
    submission, answer, seed, level = sys.argv[1:]
    record = grade.grade(discovery.read(Path(submission)), rubric.STAGES, int(seed), level, jobs=None)
    Path(answer).write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    main()
