"""`autograder collect SOURCE --output SUBMISSIONS`: one folder per student, from what a class handed in.

SOURCE holds `<student>.zip`, `<student>-hw<NN>.zip` or folders `<student>/`. SUBMISSIONS is what `autograder grade`
takes; if it is an nbgrader course, the students' work goes to its `submitted/<student>/<assignment>/`.

Exit status: 0 all collected; 2 wrong usage; 3 something was refused and needs a person.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.submissions import collect, discovery, near_names
from autograder.submissions.collect import Collected
from autograder.text import plain_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `autograder collect`."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="a folder of <student>-hw01.zip or <student>/")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="SUBMISSIONS", help="where the folders go, or an nbgrader course"
    )
    parser.add_argument("--assignment", default=discovery.ASSIGNMENT, metavar="NAME", help="in a course [%(default)s]")


def main(arguments: argparse.Namespace) -> int:
    """Collects, reports on every submission, and returns the exit status."""
    course = (arguments.output / discovery.CONFIG).is_file()
    output = arguments.output / "submitted" if course else arguments.output
    done, others = collect.collect(arguments.source, output, arguments.assignment if course else "")
    for item in done:
        print(f"{item.submission.student_id}: {said(item)}")
    for name in others:
        print(f"{name} is not a submission: neither a folder nor <student>-hw01.zip.")
    refused = sum(bool(item.refused) for item in done)
    kept = sum(item.unchanged for item in done)
    print(f"{len(done) - refused - kept} collected into {output}, {kept} already there, {refused} refused.")
    loose = any(map(near_names.is_archive, others))
    return 3 if refused or loose or any(item.near for item in done) else 0


def said(item: Collected) -> str:
    """Returns one line about what became of a submission."""
    if item.refused:
        return f"refused: {plain_line(item.refused)}"
    ignored = f"; not read: {', '.join(item.ignored)}" if item.ignored else ""
    near = "".join(f"; {sentence}" for sentence in item.near)
    files = f"{len(item.files)} file{'s' if len(item.files) > 1 else ''}"
    return f"{files}{' (already there)' if item.unchanged else ''}{ignored}{near}"
