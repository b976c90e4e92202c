"""`autograder release`: make `assignment/` and the handout from `solutions/`, or prove that they match."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograder.misconceptions import diagnosis, table
from autograder.misconceptions.entries import Program, programs
from autograder.release import generate, handout, leaks

ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's options."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with the list of what is wrong")
    parser.add_argument(
        "--handout",
        type=Path,
        metavar="FILE.zip",
        help=f"the archive for students (default: {handout.FOLDER}/{handout.NAME}-VERSION.zip); "
        "with --check, an archive to compare",
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: the one this package lies in)")


def main(arguments: argparse.Namespace) -> int:
    """Returns 0 if everything is as it should be, 1 otherwise."""
    root = arguments.root
    if arguments.check:
        problems = check(root)
        if arguments.handout:
            problems += handout.differences(arguments.handout, handout.collect(root))
        for problem in problems:
            print(problem)
        print(f"{len(problems)} to fix." if problems else "assignment/ and the handout match solutions/.")
        return 1 if problems else 0
    for name in generate.write(root, generate.solutions(root)):
        print(f"wrote {name}")
    if root.resolve() == ROOT:
        _recognise_mistakes()
    problems = check(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("No handout was made.", file=sys.stderr)
        return 1
    files = handout.collect(root)
    archive = arguments.handout or handout.archive(root)
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(handout.pack(files))
    print(f"{archive}: {len(files)} files, {archive.stat().st_size / 1024:.0f} KiB")
    return 0


def check(root: Path) -> list[str]:
    """Everything that is wrong with what students would receive, a sentence each."""
    sources = generate.solutions(root)
    files = handout.collect(root)
    return [
        *generate.drift(root, sources),
        *handout.strays(root),
        *handout.unlisted(files),
        *leaks.find(files, sources),
        *(table.outdated() if root.resolve() == ROOT else ()),
    ]


def _recognise_mistakes() -> None:
    """Grades the programs that make known mistakes, where what they depend on has changed, with a progress bar."""
    from rich.console import Console
    from rich.progress import Progress

    total = sum(len(programs(stage)) for stage in table.stale())
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("known mistakes", total=total)

        def done(program: Program) -> None:
            progress.update(task, advance=1)

        for name in table.refresh(diagnosis.grade, done):
            print(f"wrote {name}")
