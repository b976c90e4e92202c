"""Grades the bank with the hidden suites and prints the confusion table: `make bank`, or `python -m bank`.

The exit status is 0 only if every right entry has full marks, every wrong one loses them on its own stage alone with a
message that points at the mistake and is diagnosed as the mistake that it makes, no verdict moves with the seed, the
visible suite agrees, nothing is earned by what computes nothing, and no attack achieved anything.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import bank
from autograder import rubric, sandbox
from autograder.errors import UserError
from autograder.judge import workers
from autograder.runner import run as runner
from autograder.runner.environment import cores
from autograder.runner.results import StageResult
from autograder.student import check
from bank import diagnoses, empty, grading, hostile, table
from bank.hostile import Attack

if TYPE_CHECKING:
    from bank.attacks.firing_range import Record

KINDS = (*bank.KINDS, "empty", "hostile", "reference")
SEEDS = 2  # with which each entry is graded, unless --seeds says otherwise
IN_PROCESS = "in-process"
T = TypeVar("T")


def main(argv: Sequence[str] | None = None) -> int:
    """Grades what the arguments choose. Returns 0 if nothing is wrong, 1 if something is, 2 for wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        return _grade(arguments)
    except UserError as error:
        print(f"bank: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bank: interrupted", file=sys.stderr)
        return 130


def choose(
    kind: str, stages: Iterable[str], patterns: Sequence[str] = (), sample: int | None = None
) -> list[bank.Entry]:
    """Returns entries of one kind.

    Args:
        kind: `right` or `wrong`.
        stages: ids of the stages.
        patterns: shell patterns of names such as `wrong/nt_xent/*`; an entry that fits one is taken. None given: all.
        sample: how many of each stage at most, always the same ones, drawn by the hash of their names.
    """
    found = [entry for entry in bank.entries(kind) if entry.stage in stages and _fits(str(entry), patterns)]
    return _sampled(found, sample, lambda entry: entry.stage)


def choose_attacks(stages: Iterable[str], patterns: Sequence[str] = (), sample: int | None = None) -> list[Attack]:
    """Returns attacks; arguments as of `choose`, but the sample is of each class."""
    found = [attack for attack in hostile.attacks() if attack.stage in stages and _fits(f"hostile/{attack}", patterns)]
    return _sampled(found, sample, lambda attack: attack.group)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _sampled(found: list[T], sample: int | None, group: Callable[[T], str]) -> list[T]:
    if sample is None:
        return found
    drawn = sorted(found, key=lambda one: hashlib.sha256(str(one).encode()).digest())
    kept = {id(one) for name in set(map(group, found)) for one in [o for o in drawn if group(o) == name][:sample]}
    return [one for one in found if id(one) in kept]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bank", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("pattern", nargs="*", help="names of entries, such as right/distances/cdist or 'wrong/nt_xent/*'; default: all")
    add(
        "--isolation", metavar="LEVEL", help=f"a level of the sandbox, or {IN_PROCESS}; default: the best that there is"
    )
    add("--jobs", type=int, metavar="N", help="how many submissions are graded at a time; default: one per core")
    add("--kind", action="append", choices=KINDS, help="only this kind; may be given several times")
    add("--stage", action="append", metavar="ID", help="only entries of this stage; may be given several times")
    add("--sample", type=int, metavar="N", help="only N entries of each kind and stage, always the same ones")
    add("--seed", type=int, default=0, metavar="N", help="what the tests draw their inputs from; default: 0")
    add("--seeds", type=int, default=SEEDS, metavar="N", help=f"grade each entry with N seeds from that on [{SEEDS}]")
    add("--compare", action="store_true", help="grade in-process, too, and report every verdict that differs")
    add("--thorough", action="store_true", help="grade all stages of an entry's module, not only those it could touch")
    add("--composed", type=int, default=0, metavar="N", help="N programs of each stage with two mistakes, too")
    add("--json", type=Path, metavar="FILE", help="write the results there for programs")
    return parser


def _grade(arguments: argparse.Namespace) -> int:
    stages = [stage.id for stage in rubric.selected(arguments.stage)]
    kinds = arguments.kind or KINDS
    chosen = (stages, arguments.pattern, arguments.sample)
    isolation = _isolation(arguments.isolation)
    entries = [entry for kind in bank.KINDS if kind in kinds for entry in choose(kind, *chosen)]
    attacks = choose_attacks(*chosen) if "hostile" in kinds and isolation else []
    empties = [one for one in empty.entries() if "empty" in kinds and _fits(str(one), arguments.pattern)]
    reference = rubric.select(arguments.stage) if entries or "reference" in kinds else ()
    if not (entries or attacks or empties or "reference" in (arguments.kind or ())):
        raise UserError(
            "No entry of the bank fits. Names look like wrong/nt_xent/not_normalised or hostile/exiting/os_exit, and "
            f"attacks are not run at the level {IN_PROCESS}."
        )
    if arguments.compare and not isolation:
        raise UserError(f"There is nothing to compare at the level {IN_PROCESS}; name another one with --isolation.")
    jobs = arguments.jobs or cores()
    report = table.Report(isolation or IN_PROCESS, arguments.seed, jobs)
    console = check.make_console()
    runner.prepare(isolated=isolation is not None)
    start = time.monotonic()
    options = {"workers": workers.at(isolation), "seed": arguments.seed}
    composed = arguments.composed * len(stages)
    with Counter(console, len(entries) + composed + len(empties) + len(attacks)) as counter:
        others = range(arguments.seed + 1, arguments.seed + arguments.seeds)
        report.reference = _reference(reference, [options, *({"seed": other} for other in others)], jobs)
        how = {"compare": arguments.compare, "thorough": arguments.thorough, "seeds": others, "visible": True}
        for graded in grading.grade_all(entries, jobs, **how, **options):
            report.graded.append(graded)
            counter.count(str(graded.entry))
        report.graded = diagnoses.checked(report.graded, diagnoses.Seen(arguments.seed, options["workers"]))
        if arguments.composed:
            report.composed += diagnoses.grade_composed(stages, arguments.composed, arguments.seed, counter.count)
        with tempfile.TemporaryDirectory(prefix="bank-") as folder:
            for one in empties:
                wanted = [rubric.get(stage) for stage in stages]
                report.empty.append(empty.grade(one, Path(folder), wanted, jobs=jobs, **options))
                counter.count(str(one))
        if attacks and isolation:
            report.attacked += _attacked(attacks, isolation, counter)
    report.seconds = time.monotonic() - start
    table.show(console, report)
    if arguments.json:
        arguments.json.write_text(json.dumps(table.to_json(report), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return 0 if report.flawless else 1


def _reference(stages: Sequence[rubric.Stage], ways: Sequence[dict[str, Any]], jobs: int) -> list[StageResult]:
    """Grades the reference in each of these ways; no stage of it may lose a point in any."""
    stages = [bank.alone(stage, stages) for stage in stages]
    return [one for way in ways for one in runner.run(bank.REFERENCE.parent, stages, "hidden", jobs=jobs, **way)]


def _isolation(wanted: str | None) -> str | None:
    """Returns the level to grade at, exactly the one that is wanted; None: in-process."""
    if wanted == IN_PROCESS:
        return None
    best = sandbox.best(wanted).level
    if wanted is None:
        return best
    rung = next(rung for rung in sandbox.probe() if rung.level == wanted)
    if not rung.available:
        raise UserError(f"This machine does not have the level {wanted!r}. {rung.reason}")
    return wanted


def _attacked(attacks: Sequence[Attack], isolation: str, counter: Counter) -> list[Record]:
    """Attacks, and returns what came of it: a record of each attack, and one of what was left if anything was."""
    from bank.attacks import course, firing_range

    names = {str(attack) for attack in attacks}
    records = firing_range.run_all(isolation, attacks, on_record=lambda record: counter.count(f"hostile/{record.name}"))
    if any(attack.kind == "notebook" for attack in attacks):
        with tempfile.TemporaryDirectory(prefix="bank-") as folder:
            notebooks = [record for record in course.run(Path(folder)) if record.name in names]
        for record in notebooks:
            counter.count(f"hostile/{record.name}")
        records += notebooks
    return [record for record in records if record.achieved or record.name in names]


class Counter:
    """Says how far a run has come: a bar on a terminal, else a line now and then."""

    def __init__(self, console: Console, total: int):
        shown = console.is_terminal and not console.is_dumb_terminal
        columns = (
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._lines = not shown
        self._bar = Progress(*columns, console=console, transient=True, disable=not shown)
        self._task = self._bar.add_task("", total=total)
        self._done, self._total, self._start = 0, total, time.monotonic()

    def __enter__(self) -> Counter:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def count(self, name: str) -> None:
        """Notes that one more is done."""
        self._done += 1
        self._bar.update(self._task, advance=1, description=name)
        if self._lines and self._done % 100 == 0:
            print(f"{self._done} of {self._total} after {time.monotonic() - self._start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
