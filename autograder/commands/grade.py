"""`autograder grade SUBMISSIONS --output OUT`: grades a class and writes its results, grades, feedback and pages.

    OUT/index.html               the class: who passed what, where it is hard, which mistakes are common
    OUT/results.json, grades.csv
    OUT/feedback/<student>.html  one page for each student
    OUT/exports/                 for Gradescope, Canvas and Moodle
    OUT/.grades/                 the finished results, by which the same command resumes after a kill

SUBMISSIONS may be an nbgrader course; its `.grades` then holds the results, and `nbgrader autograde` finds them there.
With `--stage`, what OUT holds about other stages stays in all of its files.

Exit status: 0 all graded; 1 the grader failed on a submission (run it again); 2 wrong usage; 3 a submission needs a
person, since nothing to grade was handed in, or it has another name; 130 interrupted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from autograder import rubric
from autograder.commands import progress
from autograder.errors import UserError
from autograder.grading import grade as grading
from autograder.grading import results_store, scheduler, session
from autograder.reporting import outputs
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.environment import cores
from autograder.sandbox import LEVELS, warning
from autograder.submissions import discovery, near_names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder grade`."""
    parser.add_argument(
        "submissions",
        type=Path,
        metavar="SUBMISSIONS",
        help="a folder of <student>/stages/*.py or <student>-hw01.zip, an nbgrader course, or its submitted/",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="OUT", help="where the results go")
    parser.add_argument("--workers", type=int, metavar="N", help="submissions at a time (default: one per core)")
    parser.add_argument("--require-isolation", choices=LEVELS, metavar="L", help=f"refuse less: {', '.join(LEVELS)}")
    parser.add_argument("--isolation", choices=LEVELS, metavar="L", help="exactly this level instead of the best")
    parser.add_argument("--stage", action="append", metavar="ID", help="only this stage; may be given several times")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="draw the hidden inputs from N, as an earlier grading did"
    )
    parser.add_argument(
        "--regrade", action="store_true", help="grade everything again, with a new seed if none is given"
    )
    parser.add_argument("--assignment", default=discovery.ASSIGNMENT, metavar="NAME", help="in a course [%(default)s]")
    parser.add_argument("--json", action="store_true", help="print results.json and nothing else")


def main(arguments: argparse.Namespace, grade: scheduler.GRADE = grading.grade) -> int:
    """Grades, and returns the exit status: 0; 1 if the grader failed on a submission; 3 if one needs a person.

    Args:
        arguments: see `add_arguments`.
        grade: grades one submission.
    """
    start = time.monotonic()
    asked = rubric.selected(arguments.stage)
    if arguments.workers is not None and arguments.workers < 1:
        raise UserError(f"--workers {arguments.workers} is out of range; give 1 or more submissions at a time.")
    if arguments.seed is not None and not 0 <= arguments.seed < 2**31:
        raise UserError(f"--seed {arguments.seed} is out of range; give a number from 0 to {2**31 - 1}.")
    submissions, others = discovery.find(arguments.submissions, arguments.assignment)
    course = (arguments.submissions / discovery.CONFIG).is_file()
    _check_output(arguments.output, arguments.submissions / "submitted" if course else arguments.submissions)
    kept = results_store.Store((arguments.submissions if course else arguments.output) / results_store.FOLDER)
    stages, again = _stages(asked, arguments.output, kept, arguments.seed)
    notes = [f"{name} is not a submission" for name in others]
    with session.locked(kept.folder), session.scratch(kept.folder):
        runner.prepare(isolated=True)
        isolation = grading.level(arguments.require_isolation, arguments.isolation)
        if said := warning(isolation):
            print(said, file=sys.stderr)
        if course:
            notes += _complete(arguments.submissions, submissions)
        seed, since = session.begin(kept, arguments.seed, arguments.regrade, again)
        required = arguments.require_isolation or grading.NONE
        plan = scheduler.Plan(
            stages,
            seed,
            isolation,
            kept,
            accepts=lambda level: (
                level == arguments.isolation if arguments.isolation else grading.rank(level) >= grading.rank(required)
            ),
            since=since,
            again=again,
            grade=grade,
        )
        try:
            with progress.Progress(len(submissions)) as shown:
                done = scheduler.run(submissions, plan, arguments.workers or cores(), shown.advance)
        except KeyboardInterrupt:
            session.leave(kept.folder)
        outputs.write(arguments.output, done, plan, notes)
        session.end(kept)
    if arguments.json:
        with (arguments.output / "results.json").open(encoding="utf-8") as file:
            shutil.copyfileobj(file, sys.stdout)
    else:
        print(progress.summary(done, notes, isolation, arguments.output, time.monotonic() - start))
    if any(item.faulty for item in done):
        return 1
    return 3 if any(item.refused or item.near for item in done) or any(map(near_names.is_archive, others)) else 0


def _stages(
    asked: Sequence[Stage], output: Path, kept: results_store.Store, seed: int | None
) -> tuple[Sequence[Stage], Collection[str] | None]:
    """Returns the stages that the output covers, and those to which `--regrade` applies: None for all of them.

    A part of the stages joins those that the output holds, whose results are kept; they are graded only where that is
    lost, or the submission or the suites have changed.
    """
    held = outputs.stages(output)
    names = {stage.id for stage in asked}
    if held <= names:
        return asked, None
    if seed not in (None, kept.seed()):
        raise UserError(
            f"{output} holds grades of {len(held)} stages, drawn from another seed than {seed}. Leave --seed out, "
            "grade all of them with it (without --stage), or name another output."
        )
    print(
        f"autograder grade: {output} holds grades of {len(held)} stages. All stay, and are graded again only where a "
        "submission or the suites have changed.",
        file=sys.stderr,
    )
    return rubric.select(held | names), names


def _check_output(output: Path, submissions: Path) -> None:
    try:
        if output.exists() and not output.is_dir():
            raise UserError(f"{output} is a file; name a folder for the results.")
        (output / results_store.FOLDER).exists()
    except OSError as error:
        raise UserError(f"{output} cannot be used: {error.strerror}. Name another folder for the results.") from error
    if output.resolve().is_relative_to(submissions.resolve()):
        raise UserError(f"{output} lies within the submissions; name a folder elsewhere for the results.")


def _complete(course: Path, submissions: list[discovery.Submission]) -> list[str]:
    """Lets nbgrader see the students who handed in stages and no notebook. Returns what to tell the instructor."""
    from autograder.nbgrader.submission import add_notebook_if_none

    return [
        f"{submission.student_id}: an empty notebook was added, so that nbgrader sees the submission"
        for submission in submissions
        if not submission.refused and add_notebook_if_none(submission.path)
    ]
