"""`make mutation`: grades every mutant, prints the score of each module and every survivor.

It fails if the hidden suites kill less than 95 % of the mutants that are not listed in `equivalent.toml`, if a survivor
is missing there, or if an entry there is stale: its mutant is gone, or is killed by now.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder import rubric
from mutation import Equivalent, Mutant, equivalents, grade, mutants

BAR = 0.95
OUTCOMES = {"passed": "survived", "timeout": "timeout"}  # all others mean killed


def main(arguments: list[str]) -> int:
    """Runs it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("--stage", action="append", choices=[stage.id for stage in rubric.STAGES], help="only this one")
    parser.add_argument("--seed", type=int, default=0, help="what the suites draw their inputs from")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many mutants at a time")
    options = parser.parse_args(arguments)

    console, start = Console(), time.monotonic()
    chosen = [mutant for mutant in mutants() if not options.stage or mutant.stage in options.stage]
    fates = list(zip(chosen, fate_of_all(chosen, options.seed, options.jobs, console), strict=True))
    listed = [entry for entry in equivalents() if entry.change.where in {mutant.change.where for mutant in chosen}]
    survivors = [mutant for mutant, fate in fates if fate == "passed"]
    missing, stale = compare(survivors, listed)

    console.print(score(fates, {entry.change for entry in listed}))
    console.print(f"{len(chosen)} mutants in {time.monotonic() - start:.0f} s, seed {options.seed}.")
    by_reason: dict[str, list[Equivalent]] = {}
    for entry in listed:
        by_reason.setdefault(entry.reason, []).append(entry)
    for reason, entries in by_reason.items():
        console.print(f"\n[bold]Equivalent[/]: {reason}", highlight=False)
        for entry in entries:
            console.print(f"  {entry.change}", markup=False, highlight=False, soft_wrap=True)
    for mutant in missing:
        console.print(f"\n[bold red]Survived[/], and is not listed ({mutant.stage}):")
        console.print(f"  {mutant.change}", markup=False, highlight=False, soft_wrap=True)
    for entry in stale:
        console.print("\n[bold red]Stale[/]: equivalent.toml lists a mutant that is gone or is killed:")
        console.print(f"  {entry.change}", markup=False, highlight=False, soft_wrap=True)
    faults = [mutant for mutant, fate in fates if fate == "infrastructure"]
    if faults:
        console.print(f"\n[bold red]{len(faults)} mutants could not be graded[/]; run it again.")
    reached = killed_part(len(chosen) - len(survivors), len(chosen) - len(survivors) + len(missing)) >= BAR
    return 0 if reached and not (missing or stale or faults) else 1


def fate_of_all(chosen: list[Mutant], seed: int, jobs: int, console: Console) -> Iterable[str]:
    """The outcome of each mutant's stage, in order."""

    def fate(mutant: Mutant) -> str:
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            return grade(mutant, Path(folder), seed).outcome

    with ThreadPoolExecutor(jobs) as executor:
        fates = executor.map(fate, chosen)
        yield from track(fates, "Grading mutants", len(chosen), console=console, transient=True)


def compare(survivors: list[Mutant], listed: list[Equivalent]) -> tuple[list[Mutant], list[Equivalent]]:
    """Returns the survivors that are not listed, and the entries of the list that are no survivors."""
    accepted, alive = {entry.change for entry in listed}, {mutant.change for mutant in survivors}
    return (
        [mutant for mutant in survivors if mutant.change not in accepted],
        [entry for entry in listed if entry.change not in alive],
    )


def score(fates: list[tuple[Mutant, str]], accepted: set) -> Table:
    """The table of scores: a row for each module and one for all."""
    table = Table("module", title="Mutants of the solutions, killed by the hidden suite of their own stage")
    for name in ("mutants", "killed", "by timeout", "equivalent", "unlisted", "raw score", "score"):
        table.add_column(name, justify="right")
    for module in (*rubric.MODULES, "all"):
        mine = [(mutant, fate) for mutant, fate in fates if module in (mutant.module, "all")]
        if not mine:
            continue
        count = Counter(fate for _, fate in mine)
        killed = len(mine) - count["passed"] - count["infrastructure"]
        equivalent = sum(1 for mutant, fate in mine if fate == "passed" and mutant.change in accepted)
        parts = (killed_part(killed, len(mine)), killed_part(killed, len(mine) - equivalent))
        numbers = (len(mine), killed, count["timeout"], equivalent, count["passed"] - equivalent)
        table.add_section() if module == "all" else None
        table.add_row(module, *map(str, numbers), *(f"{part:.1%}" for part in parts))
    return table


def killed_part(killed: int, total: int) -> float:
    """The killed ones as a part of the total; 1 where there are none."""
    return killed / total if total else 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
