"""The process that grades one submission: `python -I -m autograder.nbgrader.grade_one SUBMISSION RESULT SEED`.

The submission's code runs in processes that this one starts (see `runner.py`), and never in nbgrader's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder import rubric, runner


def main() -> None:
    """Grades and writes the result as JSON, with the seed that the hidden inputs were drawn from."""
    submission, answer, seed = sys.argv[1:]
    results = runner.run(Path(submission), rubric.STAGES, "hidden", seed=int(seed))
    text = json.dumps({"schema": 1, "seed": int(seed), **runner.to_json(results)})
    Path(answer).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
