"""The confusion table of the bank: what was graded rightly and what not, on a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder import rubric
from autograder.misconceptions.entries import Program
from autograder.runner.results import StageResult
from bank import grading
from bank.diagnoses import Diagnosed
from bank.empty import Earned
from bank.grading import Graded

if TYPE_CHECKING:
    from bank.attacks.firing_range import Record

ACHIEVED = "attack that achieved something"
UNEXPECTED = "attack that ended otherwise"
FOR_NOTHING = "points for nothing"


@dataclass
class Report:
    """A run over the bank, as far as it has come.

    Attributes:
        isolation: the level it was graded at, or `in-process`.
        seed: what the inputs were drawn from.
        jobs: how many entries were graded at a time.
        seconds: how long it took on the clock.
        reference: the results of the reference's stages.
        graded: the right and wrong entries.
        composed: programs with two mistakes, and what is said of them.
        empty: those that compute nothing.
        attacked: the hostile ones.
    """

    isolation: str
    seed: int
    jobs: int
    seconds: float = 0.0
    reference: list[StageResult] = field(default_factory=list)
    graded: list[Graded] = field(default_factory=list)
    composed: list[tuple[Program, Diagnosed]] = field(default_factory=list)
    empty: list[Earned] = field(default_factory=list)
    attacked: list[Record] = field(default_factory=list)

    @property
    def faults(self) -> Counter[str]:
        """How many entries have a fault of each kind, and how many attacks achieved something."""
        counts = Counter(kind for graded in self.graded for kind in {fault.kind for fault in graded.faults})
        counts[grading.FALSE_REJECT] += bool(_lost(self.reference))
        counts[grading.MISTAKEN] += sum(bool(one.wrong) for _, one in self.composed)
        counts[FOR_NOTHING] = sum(bool(one.too_much) for one in self.empty)
        counts[ACHIEVED] = sum(bool(record.achieved) for record in self.attacked)
        counts[UNEXPECTED] = sum(bool(record.unexpected) for record in self.attacked)
        return +counts

    @property
    def flawless(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.faults

    @property
    def n_stages(self) -> int:
        """How often a stage was graded."""
        return len(self.reference) + sum(len(one.results) for one in (*self.graded, *self.empty))


def to_json(report: Report) -> dict[str, Any]:
    """Returns the report for programs."""
    return {
        "schema": 1,
        "isolation": report.isolation,
        "seed": report.seed,
        "jobs": report.jobs,
        "seconds": round(report.seconds, 1),
        "stages_graded": report.n_stages,
        "false_rejects": report.faults[grading.FALSE_REJECT],
        "false_accepts": report.faults[grading.FALSE_ACCEPT],
        "attacks_that_achieved": report.faults[ACHIEVED],
        "faults": dict(report.faults),
        "entries": [
            {
                "name": str(graded.entry),
                "outcome": graded.own.outcome,
                "points": graded.own.points,
                "max_points": graded.own.max_points,
                "diagnosis": graded.own.diagnosis,
                "seconds": round(graded.seconds, 2),
                "faults": [{"kind": fault.kind, "text": fault.text} for fault in graded.faults],
            }
            for graded in sorted(report.graded, key=lambda graded: str(graded.entry))
        ],
        "composed": [
            {
                "stage": program.stage,
                "program": program.slug,
                "mistake": min(one.mistakes),
                "hidden": one.hidden,
                "visible": one.visible,
            }
            for program, one in report.composed
        ],
        "empty": [
            {
                "name": str(one.entry),
                "points": one.points,
                "stages": {result.id: result.points for result in one.results},
            }
            for one in report.empty
        ],
        "attacks": [
            {
                "name": record.name,
                "outcome": record.outcome,
                "flags": list(record.flags),
                "achieved": record.achieved,
                "unexpected": record.unexpected,
                "seconds": round(record.seconds, 2),
            }
            for record in sorted(report.attacked, key=lambda record: record.name)
        ],
    }


def show(console: Console, report: Report) -> None:
    """Prints the tables, every fault, and the sum."""
    if report.graded:
        console.print(_confusion(report.graded), "")
    if report.empty:
        console.print(_empty(report.empty), "")
    if report.attacked:
        console.print(_attacks(report.attacked), "")
    for result in _lost(report.reference):
        console.print(Text.assemble(("the reference ", "bold"), (grading.FALSE_REJECT, "red")))
        console.print(f"  {result.id} ({result.outcome}): {result.diagnosis}", soft_wrap=True)
    for graded in sorted(report.graded, key=lambda graded: str(graded.entry)):
        for fault in graded.faults:
            console.print(Text.assemble((f"{graded.entry} ", "bold"), (fault.kind, "red")))
            console.print(f"  {fault.text}", soft_wrap=True)
    if report.composed:
        console.print(_composed(report.composed), "")
    for program, said in report.composed:
        if said.wrong:
            console.print(
                Text.assemble((f"composed/{program.stage}/{program.slug} ", "bold"), (grading.MISTAKEN, "red"))
            )
            console.print(
                f"  it makes {min(said.mistakes)} and another, and is diagnosed as {said.wrong}", soft_wrap=True
            )
    for one in report.empty:
        if one.too_much:
            console.print(Text.assemble((f"{one.entry} ", "bold"), (FOR_NOTHING, "red")))
            console.print(f"  {one.too_much}", soft_wrap=True)
    for record in report.attacked:
        unexpected = [(UNEXPECTED, f"{record.unexpected}: {record.diagnosis}")] * bool(record.unexpected)
        for kind, text in [*((ACHIEVED, what) for what in record.achieved), *unexpected]:
            console.print(Text.assemble((f"hostile/{record.name} ", "bold"), (kind, "red")))
            console.print(f"  {text}", soft_wrap=True)
    console.print(_sum(report), style="green" if report.flawless else "red", soft_wrap=True)


def _lost(results: Sequence[StageResult]) -> list[StageResult]:
    return [result for result in results if not result.passed]


def _confusion(graded: Sequence[Graded]) -> Table:
    table = _table("stage")
    faults = ("accepted", "elsewhere", "misleading", "moving", "visibly", "unnamed")
    for name in ("right", "rejected", "wrong", *faults, "seconds"):
        table.add_column(name, justify="right")
    for stage in (stage.id for stage in rubric.STAGES):
        own = [one for one in graded if one.entry.stage == stage]
        if own:
            table.add_row(stage, *_counts(own))
    table.add_section()
    table.add_row("all", *_counts(graded), style="bold")
    return table


def _counts(graded: Sequence[Graded]) -> list[Text]:
    kinds = Counter(one.entry.kind for one in graded)
    faults = Counter(kind for one in graded for kind in {fault.kind for fault in one.faults})
    return [
        Text(str(kinds["right"])),
        _bad(faults[grading.FALSE_REJECT]),
        Text(str(kinds["wrong"])),
        _bad(faults[grading.FALSE_ACCEPT]),
        _bad(faults[grading.ELSEWHERE]),
        _bad(faults[grading.MISLEADS]),
        _bad(faults[grading.MOVES]),
        _bad(faults[grading.VISIBLY]),
        _bad(faults[grading.UNDIAGNOSED] + faults[grading.MISTAKEN]),
        Text(f"{sum(one.seconds for one in graded):.0f}"),
    ]


def _composed(programs: Sequence[tuple[Program, Diagnosed]]) -> Table:
    table = _table("composed")
    for name in ("programs", "hidden: one of its own", "visible: one of its own", "another"):
        table.add_column(name, justify="right")
    for stage in [*dict.fromkeys(program.stage for program, _ in programs), "all"]:
        said = [one for program, one in programs if stage in (program.stage, "all")]
        if stage == "all":
            table.add_section()
        table.add_row(
            stage,
            str(len(said)),
            str(sum(one.hidden in one.mistakes for one in said)),
            str(sum(one.visible in one.mistakes for one in said)),
            _bad(sum(bool(one.wrong) for one in said)),
        )
    return table


def _empty(earned: Sequence[Earned]) -> Table:
    table = _table("empty")
    for name in ("points", "from"):
        table.add_column(name, justify="left" if name == "from" else "right")
    for one in earned:
        gave = ", ".join(f"{result.id} {result.points:g}" for result in one.results if result.points)
        style = "bold red" if one.too_much else ""
        table.add_row(one.entry.slug, Text(f"{one.points:g}", style=style), gave)
    return table


def _attacks(records: Sequence[Record]) -> Table:
    table = _table("hostile")
    for name in ("attacks", "achieved", "otherwise", "labelled", "ended as", "seconds"):
        table.add_column(name, justify="left" if name == "ended as" else "right")
    for group in dict.fromkeys(record.group for record in records):
        table.add_row(group, *_attack_counts([record for record in records if record.group == group]))
    table.add_section()
    table.add_row("all", *_attack_counts(records), style="bold")
    return table


def _attack_counts(records: Sequence[Record]) -> list[Text]:
    outcomes = Counter(record.outcome for record in records)
    return [
        Text(str(len(records))),
        _bad(sum(bool(record.achieved) for record in records)),
        _bad(sum(bool(record.unexpected) for record in records)),
        Text(str(sum(record.labelled for record in records))),
        Text(", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())),
        Text(f"{sum(record.seconds for record in records):.0f}"),
    ]


def _table(first: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    return table


def _bad(count: int) -> Text:
    return Text(str(count), style="bold red" if count else "dim")


def _sum(report: Report) -> str:
    kinds = Counter(graded.entry.kind for graded in report.graded)
    kinds.update({"empty": len(report.empty)} if report.empty else {})
    kinds.update({"hostile": len(report.attacked)} if report.attacked else {})
    parts = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "The reference's"
    stages = f"; {report.n_stages} stages, {report.n_stages / report.seconds:.1f} a second" if report.n_stages else ""
    minutes, seconds = divmod(round(report.seconds), 60)
    if report.faults:
        found = "; ".join(f"{kind}: {count}" for kind, count in report.faults.items())
    else:
        nothing = ["no false accepts"] * bool(report.graded) + ["no false rejects"] * bool(
            report.graded or report.reference
        )
        nothing += ["nothing for nothing"] * bool(report.empty) + ["no attack achieved anything"] * bool(
            report.attacked
        )
        found = ", ".join(nothing).capitalize()
    return (
        f"{parts} submissions at the level {report.isolation} in {minutes}:{seconds:02} min, {report.jobs} at a time"
        f"{stages}.\n{found}."
    )
