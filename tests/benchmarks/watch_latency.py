"""How long `autograder watch` takes from a save to the printed diagnosis, and what that is made of.

    python tests/benchmarks/watch_latency.py [--saves 20] [--repeats 3] [--json FILE]

A watcher runs in a process of its own on a copy of the solutions, and a stage is saved again and again, in turn with a
mistake and without it. The time ends when the diagnosis and the line below it are printed; the result has to be that of
the file just saved.
Each part is the time between two marks, which the watcher writes down on the same clock:

    heard     the save is noticed
    copied    what would be handed in is copied, and read for what the grader does not allow
    forked    the stage's process stands, and its time begins; the first of them, where a file has several stages
    tested    the stages have their results; those that need torchvision follow later
    printed   the table and the diagnosis are on the screen

Then come a cold `autograder check` and the bare imports, as in `check_time.py`. The exit status is 1 if the median of a
single stage is above half a second, or a cold check takes too long.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import check_time

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 0.5
PARTS = ("heard", "copied", "forked", "tested", "printed")


@dataclass(frozen=True)
class Case:
    """What is watched and what is saved.

    Attributes:
        name: for the table.
        watched: the options of `watch`.
        file: the file in stages/ that is saved.
        mistake: a piece of it, and what stands there instead.
        said: what the table says of the mistake: the stage's id.
        limited: whether its median has to be below the limit.
    """

    name: str
    watched: tuple[str, ...]
    file: str
    mistake: tuple[str, str]
    said: str
    limited: bool = False


MASK = ('similarity.masked_fill(itself, float("-inf"))', "similarity")
MEAN = ("support.mean(dim=1)", "support.sum(dim=1)")
CASES = (
    Case("nt_xent alone", ("--stage", "nt_xent"), "simclr.py", MASK, "nt_xent", True),
    Case("prototypes alone", ("--stage", "prototypes"), "protonet.py", MEAN, "prototypes", True),
    Case(
        "all stages, episodes.py (1 stage)",
        (),
        "episodes.py",
        ("[: n_support + n_query]", "[:0]"),
        "sample_episode",
        True,
    ),
    Case("all stages, protonet.py (5 stages)", (), "protonet.py", MEAN, "prototypes"),
    Case("all stages, simclr.py (nt_xent, then 3 with torchvision)", (), "simclr.py", MASK, "nt_xent"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3, help="of the cold check and the imports; 0 leaves them out")
    parser.add_argument("--only", default="", help="a part of the names of the cases to measure")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--watch", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.watch:
        return watch_with_marks(Path(options.watch[0]), options.watch[1:])
    figures: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None}
    figures |= {"load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
    figures["saves"] = {}
    print(f"{'seconds from a save to the printed result':58}median     max  {''.join(f'{part:>9}' for part in PARTS)}")
    for case in CASES:
        if options.only in case.name:
            row = figures["saves"][case.name] = measured(case, options.saves)
            parts = "".join(f"{row['parts'][part]:9.3f}" for part in PARTS)
            print(f"{case.name:58}{row['median']:6.3f}  {row['max']:6.3f}  {parts}", flush=True)
    slow = [
        case.name for case in CASES if case.limited and figures["saves"].get(case.name, {}).get("median", 0) > LIMIT
    ]
    if options.repeats:
        seconds = check_time.measured(options.repeats)
        print()
        slow += check_time.shown(seconds)
        figures["cold"] = {name: [round(value, 2) for value in values] for name, values in seconds.items()}
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name in slow:
        print(f"too slow: {name}")
    return bool(slow)


def measured(case: Case, saves: int) -> dict[str, Any]:
    """Watches, saves, and returns the median and the maximum in seconds, and the medians of the parts."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory(prefix="watch-latency-") as place:
        folder, marks = Path(place).resolve() / "work", Path(place).resolve() / "marks"
        shutil.copytree(ROOT / "solutions" / "stages", folder / "stages", ignore=shutil.ignore_patterns("__pycache__"))
        file = folder / "stages" / case.file
        right = file.read_text(encoding="utf-8")
        wrong = right.replace(*case.mistake)
        if wrong == right:
            raise SystemExit(f"{case.file} has no {case.mistake[0]!r}: mend CASES")
        command = [sys.executable, __file__, "--watch", str(marks), "--submission", str(folder), *case.watched]
        totals, parts = [], []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, encoding="utf-8") as process:
            assert process.stdout is not None
            lines = Lines(process.stdout)
            try:
                lines.until("to stop.")
                for number in range(-2, saves):  # two to warm up
                    time.sleep(0.5 + chance.random() / 2)  # so that no phase of the watcher is met
                    marks.unlink(missing_ok=True)
                    text, state = (wrong, "failing") if number % 2 else (right, "passed")
                    start = time.monotonic()
                    file.write_text(text, encoding="utf-8")
                    shown, end = lines.until(" stages in ")
                    if "to stop." not in shown[-1]:  # the stages that need torchvision follow
                        lines.until("to stop.")
                    row = next(line for line in shown if line.startswith(f"{case.said} "))  # of the table
                    if state not in row:
                        raise SystemExit(f"saved to be {state}, but it says: {row}")
                    if number >= 0:
                        totals.append(end - start)
                        parts.append(split(marks, start, end))
            finally:
                process.kill()
    medians = {part: round(statistics.median(one[part] for one in parts), 3) for part in PARTS}
    return {"median": round(statistics.median(totals), 3), "max": round(max(totals), 3), "parts": medians}


class Lines:
    """The lines of a stream with the times at which they came."""

    def __init__(self, stream: IO[str]):
        self._lines: queue.Queue[tuple[str, float]] = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put((line, time.monotonic()))

    def until(self, end: str) -> tuple[list[str], float]:
        """Returns the lines up to one with `end` in it, and when that one came."""
        lines = []
        while True:
            line, moment = self._lines.get(timeout=120)
            lines.append(line)
            if end in line:
                return lines, moment


def split(marks: Path, start: float, end: float) -> dict[str, float]:
    """Returns the seconds of each part."""
    moments: dict[str, list[float]] = {}
    for line in marks.read_text(encoding="utf-8").splitlines():
        name, moment = line.split()
        moments.setdefault(name, []).append(float(moment))
    ends = [moments["heard"][0], moments["copied"][0], moments["forked"][0], moments["tested"][0], end]
    return {part: after - before for part, before, after in zip(PARTS, [start, *ends[:-1]], ends, strict=True)}


def watch_with_marks(marks: Path, arguments: list[str]) -> int:
    """Runs `autograder watch`, and writes a mark as each part ends."""
    from autograder.__main__ import main as autograder
    from autograder.runner import monitor, run
    from autograder.student import check, watch

    def mark(name: str) -> None:
        with open(marks, "a", encoding="utf-8") as file:
            file.write(f"{name} {time.monotonic()}\n")

    def around(module: Any, function: str, before: str = "", after: str = "") -> None:
        original = getattr(module, function)

        def replacement(*args: Any, **kwargs: Any) -> Any:
            if before:
                mark(before)
            result = original(*args, **kwargs)
            if after:
                mark(after)
            return result

        setattr(module, function, replacement)

    around(watch, "affected_by", before="heard")
    around(check, "files", before="copied")
    around(run, "run", after="tested")
    take = monitor._Listener._take

    def taken(self: Any, event: dict[str, Any], record: Any) -> None:
        if event.get("event") == "begin":
            mark("forked")
        take(self, event, record)

    monitor._Listener._take = taken  # type: ignore[method-assign]
    return autograder(["watch", *arguments])


if __name__ == "__main__":
    sys.exit(main())
