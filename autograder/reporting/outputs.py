"""Everything that `autograder grade` writes, in one pass over the records, each in memory only while it is its turn."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder import files, rubric
from autograder.errors import UserError
from autograder.grading import grade, results_store, scheduler
from autograder.grading.scheduler import Done, Entry, Plan
from autograder.reporting import class_page, exports, feedback
from autograder.reporting.class_page import Row

TITLE = "Metric learning homework"


def write(output: Path, done: Sequence[Done], plan: Plan, notes: Sequence[str]) -> None:
    """Writes results.json, grades.csv, the pages and the exports; each file is replaced in one step.

    Args:
        output: the folder.
        done: the class.
        plan: how it was graded.
        notes: sentences for the instructor.

    Raises:
        UserError: they cannot be written.
    """
    rows: list[Row] = []
    about = {"suite": results_store.suite(), "seed": plan.seed, "isolation": weakest(done, plan)}
    scores = output / "exports" / "gradescope"
    written = set()
    for folder in (output, output / "feedback", output / "exports", scores):
        files.sweep(folder)

    def results() -> Iterator[str]:
        head = json.dumps({"schema": 1, **about, "notes": list(notes)}, indent=1)
        yield f'{head.removesuffix("}").rstrip()},\n "submissions": ['
        for number, entry in enumerate(scheduler.entries(done, plan)):
            name = entry.done.submission.name
            files.write(output / "feedback" / f"{name}.html", [feedback.page(entry)])
            if not entry.done.refused:
                files.write(scores / f"{name}.json", [exports.gradescope(entry)])
                written.add(scores / f"{name}.json")
            written.add(output / "feedback" / f"{name}.html")
            rows.append(class_page.row(entry))
            text = json.dumps(_submission(entry), indent=1)
            yield ("," if number else "") + "\n" + "\n".join(f"  {line}" for line in text.splitlines())
        yield "\n ]\n}\n"

    files.write(output / "results.json", results())
    maximum = sum(stage.points for stage in plan.stages)
    files.write(output / "grades.csv", [exports.grades(rows, plan.stages)])
    files.write(output / "exports" / "canvas.csv", [exports.canvas(rows, TITLE, maximum)])
    files.write(output / "exports" / "moodle.csv", [exports.moodle(rows, TITLE)])
    files.write(output / "index.html", [class_page.page(rows, plan.stages, about, notes)])
    for path in [*(output / "feedback").glob("*.html"), *scores.glob("*.json")]:
        if path not in written:  # of a student who is no longer in the class, or refused now
            path.unlink()


def stages(output: Path) -> set[str]:
    """Returns the ids of the stages that an output holds grades of; none if it is new."""
    try:
        with (output / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
            columns = next(csv.reader(file), [])
    except FileNotFoundError:
        try:
            found = json.loads((output / "results.json").read_text(encoding="utf-8"))["submissions"]
            columns = [stage_id for item in found for stage_id in item["stages"]]
        except (OSError, ValueError, KeyError, TypeError):
            columns = []
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(
            f"{output / 'grades.csv'} cannot be read: {error}. Move it away, or name another output."
        ) from error
    return {stage.id for stage in rubric.STAGES} & set(columns)


def weakest(done: Sequence[Done], plan: Plan) -> str:
    """Returns the weakest level at which a submission of the class was graded."""
    return min((item.isolation for item in done if not item.refused), key=grade.rank, default=plan.isolation)


def _submission(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return {
        "student_id": entry.done.submission.student_id,
        "points": record["points"],
        "max_points": record["max_points"],
        "isolation": record["isolation"],
        "refused": entry.done.refused,
        "ignored": list(entry.done.ignored),
        "near": list(entry.done.near),
        "feedback": f"feedback/{entry.done.submission.name}.html",
        "stages": record["stages"],
    }
