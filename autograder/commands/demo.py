"""`autograder demo DIR`: the whole workflow on built-in data, in a few minutes, with pages to open at the end.

It makes the handout and a course, lets a small class hand in (some right, some half done, some with mistakes from the
bank, one with a stage that reaches for the network), grades it in the sandbox, takes the grades over with the stock
nbgrader commands, trains both experiments on a small scale, and writes `DIR/index.html`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from autograder.demo.students import CLASS, ROOT, hand_in
from autograder.errors import UserError

MARKER = ".made-by-autograder-demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="where everything goes; created anew")


def main(arguments: argparse.Namespace) -> int:
    """Runs the demo and returns the exit status."""
    start = time.monotonic()
    out = arguments.directory.resolve()
    if out.exists() and not (out / MARKER).exists() and any(out.iterdir()):
        raise UserError(f"{arguments.directory} holds other files. Name a new folder, or one that a demo made before.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARKER).touch()

    step("The handout, as a student downloads it")
    run(out, "release", sys.executable, "-m", "autograder", "release", "--handout", str(out / "handout.zip"))
    step("A course for nbgrader, and a class of seven that hands in")
    run(out, "course", sys.executable, "-m", "autograder", "course", str(out / "course"))
    hand_in(out / "course")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    run(out, "generate", *nbgrader, "generate_assignment", "homework", "--force", cwd=out / "course")
    step("Grading in the sandbox: autograder grade")
    autograder = [sys.executable, "-m", "autograder"]
    run(out, "grade", *autograder, "grade", str(out / "course"), "--output", str(out / "grades"))
    step("The stock commands on the result: nbgrader autograde, generate_feedback, export")
    for name, *words in (
        ("autograde", "autograde", "homework"),
        ("feedback", "generate_feedback", "homework"),
        ("export", "export"),
    ):
        run(out, name, *nbgrader, *words, cwd=out / "course")
    step("Both experiments on a small scale, with the reference stages on the procedural data")
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("solutions", "assignment"))
    run(
        out,
        "experiments",
        *(
            sys.executable,
            "-m",
            "experiments",
            "all",
            "--preset",
            "smoke",
            "--threads",
            "1",
            "--output",
            str(out / "runs"),
        ),
        cwd=ROOT,
        PYTHONPATH=paths,
    )

    from autograder.demo import page

    index = page.write(out, CLASS)
    print(f"\nDone in {time.monotonic() - start:.0f} s. Open {os.path.relpath(index)} in a browser.")
    return 0


def step(title: str) -> None:
    """Announces a step."""
    print(f"• {title}", flush=True)


def run(out: Path, name: str, *command: str, cwd: Path | None = None, **environment: str) -> None:
    """Runs one command with its output in `logs/<name>.txt`.

    Raises:
        UserError: it failed; the message names the log and ends with its last lines.
    """
    log = out / "logs" / f"{name}.txt"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as stream:
        done = subprocess.run(
            command, cwd=cwd or ROOT, env={**os.environ, **environment}, stdout=stream, stderr=subprocess.STDOUT
        )
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise UserError(f"the step {name} failed; its output is in {os.path.relpath(log)} and ends with:\n{tail}")
