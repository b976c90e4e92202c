"""Does a grader that is killed again and again come to the same results?

    python tests/benchmarks/resume.py [--submissions 30] [--kills 10] [--stage ID …] [--fast]

A mixed class is graded undisturbed, and once more by a grader that is killed with SIGKILL at random moments and started
again by the same command. Compared are results.json, grades.csv and every page, byte by byte. After each kill, no
process of the grader's may be left, and every result that was finished has to be whole and still be there. The exit
status is 0 only if all of that holds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "scaffold"), str(ROOT)]

import bank  # noqa: E402

from autograder import rubric  # noqa: E402

CHEAP = ("prototypes", "distances", "sample_episode", "nt_xent")
ABORTS = "import os\n\n\ndef compute_prototypes(support):\n    os.abort()\n"
GRADED = (0, 3)  # exit statuses: all graded, or some refused
LEAVE = 20.0  # seconds in which the processes of a killed grader have to be gone


@dataclass
class Killed:
    """What the kills of one grading showed.

    Attributes:
        finished: how many results were there at each kill.
        seconds: how long each grader ran.
        hits: how many kills met a running grader; the others came when it was done.
        killed: how many processes a grader had started when it was killed.
        left: how many of them were left after each kill.
        broken: results that were lost or torn.
        graded: how often a submission was graded, all runs together.
    """

    finished: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    hits: int = 0
    killed: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    graded: int = 0


def hand_in(folder: Path, number: int, stages: tuple[str, ...], seed: int) -> None:
    """Writes a class: right and wrong entries of the bank, stubs, archives, a crash, a link, and what is broken."""
    draw = random.Random(seed)
    right, wrong = ([entry for entry in bank.entries(kind) if entry.stage in stages] for kind in bank.KINDS)
    for index in range(number):
        target = folder / f"s{index:03d}"
        kind = index % 8
        if kind in (0, 1):
            bank.build(draw.choice(right), target)
        elif kind == 6:
            shutil.copytree(ROOT / "assignment" / "stages", target / "stages")
        else:
            bank.build(draw.choice(wrong), target)
        with (target / "stages" / "__init__.py").open("a", encoding="utf-8") as file:
            file.write(f"\n# {target.name}\n")  # no two are the same, so that each is graded
        if kind == 3:
            shutil.make_archive(f"{target}-hw01", "zip", target)
            shutil.rmtree(target)
        elif kind == 5:
            with (target / "stages" / "protonet.py").open("a", encoding="utf-8") as file:
                file.write(ABORTS)
        elif kind == 7:
            (target / "stages" / "simclr.py").unlink()
            (target / "stages" / "simclr.py").symlink_to("/etc/hostname")


def start(folder: Path, output: Path, stages: tuple[str, ...], mark: str) -> subprocess.Popen[str]:
    """Starts the command; every process of it carries the mark in its environment."""
    command = [sys.executable, "-m", "autograder", "grade", str(folder / "class"), "--output", str(output)]
    command += ["--seed", "11", *(word for stage in stages for word in ("--stage", stage))]
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "RESUME_MARK": mark, "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def living() -> dict[tuple[int, str], tuple[int, bytes]]:
    """The processes there are: (number, when it started) -> (its parent, its environment)."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *rest = (process / "stat").read_text().rpartition(")")[2].split()
            if state != "Z":
                environment = (process / "environ").read_bytes()
                found[int(process.name), rest[17]] = (int(parent), environment)
        except OSError:
            continue  # it ended, or is somebody else's
    return found


def started_by(grader: int, mark: str) -> set[tuple[int, str]]:
    """The processes that come from a grader, by their parents or by the mark (workers have a clean environment)."""
    all_of_them = living()
    found = {item for item, (_, environment) in all_of_them.items() if f"RESUME_MARK={mark}".encode() in environment}
    while True:
        numbers = {grader, *(number for number, _ in found)}
        more = {item for item, (parent, _) in all_of_them.items() if parent in numbers} - found
        if not more:
            return {item for item in found if item[0] != grader}
        found |= more


def kept(output: Path) -> dict[str, bytes]:
    """The finished results that are there."""
    files = (output / ".grades").glob("*.json")
    return {path.name: path.read_bytes() for path in files if path.name != "seed.json"}


def undisturbed(folder: Path, output: Path, stages: tuple[str, ...]) -> tuple[float, float]:
    """Grades without a kill and returns the seconds until the first submission was graded, and in all."""
    began = time.monotonic()
    process = start(folder, output, stages, uuid.uuid4().hex)
    assert process.stderr is not None
    first = None
    said = []
    with process.stderr as lines:
        for line in lines:
            said.append(line)
            if first is None and line.endswith(" s)\n"):
                first = time.monotonic() - began
    if process.wait() not in GRADED or first is None:
        raise SystemExit(f"The undisturbed grading failed:\n{''.join(said)}")
    return first, time.monotonic() - began


def killed(
    folder: Path, output: Path, stages: tuple[str, ...], kills: int, first: float, seconds: float, draw: random.Random
) -> Killed:
    """Grades with kills at random moments, then to the end.

    Each kill comes a moment after a random number of results is there; where that many were there before, at a random
    moment of the start.

    Args:
        folder: holds the class.
        output: where to.
        stages: which.
        kills: how many.
        first: how long an undisturbed grader takes until the first result.
        seconds: how long it takes in all.
        draw: draws the moments.

    Returns:
        What was seen.
    """
    total = len(kept(folder / "calm"))
    targets = [*sorted(draw.randint(0, total) for _ in range(kills)), None]
    seen = Killed()
    before: dict[str, bytes] = {}
    for target in targets:
        mark = uuid.uuid4().hex
        process = start(folder, output, stages, mark)
        began = time.monotonic()
        mine: set[tuple[int, str]] = set()
        if target is not None:
            if target <= len(before):
                _wait(process, lambda: False, draw.uniform(0.2, first if len(before) < total else 2.0))
            else:
                _wait(process, lambda wanted=target: len(kept(output)) >= wanted, 600)
                _wait(process, lambda: False, draw.uniform(0, 2 * (seconds - first) / total))
            if process.poll() is None:
                mine = started_by(process.pid, mark)
                process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        seen.hits += process.returncode == -signal.SIGKILL
        seen.seconds.append(time.monotonic() - began)
        seen.graded += sum(line.endswith(" s)") for line in said.splitlines())
        now = kept(output)
        seen.broken += [name for name, content in before.items() if now.get(name) != content]
        for name, content in now.items():
            try:
                json.loads(content)
            except ValueError:
                seen.broken.append(name)
        before = now
        if target is None:
            if process.returncode not in GRADED:
                raise SystemExit(f"The last grading failed:\n{said}")
            break
        seen.finished.append(len(now))
        until = time.monotonic() + LEAVE
        while mine & living().keys() and time.monotonic() < until:
            time.sleep(0.1)
        seen.killed.append(len(mine))
        seen.left.append(len(mine & living().keys()))
    return seen


def _wait(process: subprocess.Popen[str], ready: Callable[[], bool], seconds: float) -> None:
    """Waits until the process has ended, or something is ready, or the time is up."""
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until and not ready():
        time.sleep(0.02)


def differences(one: Path, other: Path) -> list[str]:
    """The files that are not the same in both outputs."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file() and ".grades" not in path.parts
    }
    return sorted(
        name
        for name in names
        if not ((one / name).is_file() and (other / name).is_file())
        or (one / name).read_bytes() != (other / name).read_bytes()
    )


def main() -> int:
    """Runs it, prints the figures, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--submissions", type=int, default=30, metavar="N")
    parser.add_argument("--kills", type=int, default=10, metavar="N")
    parser.add_argument("--stage", action="append", metavar="ID", help=f"(default: {', '.join(CHEAP)})")
    parser.add_argument("--all-stages", action="store_true")
    parser.add_argument("--fast", action="store_true", help="8 submissions, 2 stages, 3 kills")
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="of the class and the moments")
    options = parser.parse_args()
    if options.fast:
        options.submissions, options.kills, options.stage = 8, 3, options.stage or ["prototypes", "distances"]
    stages = tuple(stage.id for stage in rubric.STAGES) if options.all_stages else tuple(options.stage or CHEAP)
    seed = random.randrange(10**6) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="resume-") as name:
        folder = Path(name)
        (folder / "class").mkdir()
        hand_in(folder / "class", options.submissions, stages, seed)
        first, seconds = undisturbed(folder, folder / "calm", stages)
        moments = random.Random(seed)
        seen = killed(folder, folder / "killed", stages, options.kills, first, seconds, moments)
        different = differences(folder / "calm", folder / "killed")
        results = json.loads((folder / "killed" / "results.json").read_text(encoding="utf-8"))
        litter = [path.name for path in (folder / "tmp").iterdir()]
    refused = sum(bool(item["refused"]) for item in results["submissions"])
    gradable = options.submissions - refused
    figures = {
        "submissions": options.submissions,
        "refused": refused,
        "stages": len(stages),
        "isolation": results["isolation"],
        "seed of the class": seed,
        "undisturbed, seconds": f"{seconds:.1f}, the first result after {first:.1f}",
        "kills, and of a running grader": [len(seen.finished), seen.hits],
        "graders ran for, seconds": [round(value, 1) for value in seen.seconds],
        "results finished at each kill": seen.finished,
        "its processes at each kill": seen.killed,
        "of them left after each kill": seen.left,
        "results lost or torn": seen.broken,
        "gradings in all, and needed": [seen.graded, gradable],
        "files that differ": different,
        "temporary files left": litter,
    }
    for what, value in figures.items():
        print(f"{what:32} {value}")
    good = not (different or seen.broken or any(seen.left) or litter)
    print("identical" if good else "NOT identical")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
