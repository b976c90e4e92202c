"""Whether known mistakes are recognised: each wrong entry as its own, and programs with two mistakes as no third one.

A mistake is confused where its entry is diagnosed as another one, and missed where it is not diagnosed at all although
tests said what its code computes.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import libcst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from autograder.misconceptions import diagnosis
from autograder.misconceptions.entries import Program, programs
from autograder.runner.environment import cores
from autograder.runner.fingerprint import fingerprint
from autograder.runner.results import StageResult
from autograder.student import known_mistakes
from bank.grading import MISTAKEN, UNDIAGNOSED, Fault, Graded

# Programs that need not be recognised in every run, and why.
VARIES = {
    "read_omniglot/as_the_folder_lists": "file systems list folders in different orders",
    "sample_episode/python_random": "Python's own generator is seeded anew in every process",
    "two_views/python_random": "Python's own generator is seeded anew in every process",
}


@dataclass(frozen=True)
class Diagnosed:
    """What was said of a program.

    Attributes:
        mistakes: those that it makes.
        hidden: the one that the hidden tests named; empty for none.
        visible: the one that the visible tests named; empty for none.
        silent: whether there was nothing to go by: no test failed, or none said what the code computes.
    """

    mistakes: frozenset[str]
    hidden: str
    visible: str
    silent: tuple[bool, bool]

    @property
    def wrong(self) -> list[str]:
        """What is said of it that it does not do."""
        return [said for said in (self.hidden, self.visible) if said and said not in self.mistakes]


class Seen(diagnosis.Grader):
    """A grader that need not grade what was graded already."""

    def add(self, program: Program, result: StageResult) -> None:
        """Takes note of a program's result under this seed."""
        self._found[program.path] = fingerprint(result)


def diagnosed(
    program: Program, hidden: StageResult, visible: StageResult | None, grader: diagnosis.Grader
) -> Diagnosed:
    """Returns what is said of a program by its results."""
    found = diagnosis.mistake_of(hidden, grader)
    seen = known_mistakes.explained([visible])[0] if visible is not None else None
    empty = (not fingerprint(hidden), visible is None or not fingerprint(visible))
    return Diagnosed(frozenset({program.mistake}), found.id if found else "", seen.mistake if seen else "", empty)


def composed(stage_id: str, count: int, draw: random.Random, folder: Path) -> Iterator[Program]:
    """Yields programs with a known mistake and a second, unknown one: a small change of the first one's code."""
    known = programs(stage_id)
    for number in range(count):
        program = draw.choice(known)
        texts = list(_changed(program.path.read_text(encoding="utf-8")))
        if not texts:
            continue
        # The file keeps the line that names its mistake; without one, its name did.
        text = draw.choice(texts)
        named = "" if re.search(r"^# mistake: ", text, re.MULTILINE) else f"# mistake: {program.mistake}\n"
        path = folder / stage_id / f"{program.slug}_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n{named}", encoding="utf-8")
        yield Program(stage_id, path)


def _changed(text: str) -> Iterator[str]:
    lines = set(range(1, text.count("\n") + 2))
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()), lines)
    module = MetadataWrapper(libcst.parse_module(text)).visit(visitor)
    for mutation in visitor.mutations:
        mutated = module.deep_replace(mutation.original_node, mutation.mutated_node)
        assert isinstance(mutated, libcst.Module)
        if mutated.code != text:
            yield mutated.code


def grade_composed(
    stage_ids: Sequence[str], count: int, seed: int, on_done: Callable[[str], None]
) -> Iterator[tuple[Program, Diagnosed]]:
    """Yields what is said of programs with two mistakes, `count` for each stage, drawn by the seed."""
    draw, grader = random.Random(seed), diagnosis.Grader(seed, None)
    for stage_id in stage_ids:
        with tempfile.TemporaryDirectory(prefix="composed-") as folder:
            made = list(composed(stage_id, count, draw, Path(folder)))
            with ThreadPoolExecutor(cores()) as executor:
                for program, one in zip(made, executor.map(partial(_diagnosed, grader, seed), made), strict=True):
                    on_done(f"composed/{stage_id}/{program.slug}")
                    yield program, one


def _diagnosed(grader: diagnosis.Grader, seed: int, program: Program) -> Diagnosed:
    hidden = diagnosis.grade(program, "hidden", seed)
    return diagnosed(program, hidden, diagnosis.grade(program, "visible"), grader)


def checked(graded: Sequence[Graded], grader: Seen) -> list[Graded]:
    """Returns the entries, with a fault where a wrong one is not diagnosed as its own mistake."""
    wrong = [one for one in graded if one.entry.kind == "wrong"]
    for one in wrong:
        grader.add(Program(one.entry.stage, one.entry.path), one.own)
    found = {id(one): _faults(one, grader) for one in wrong}
    return [replace(one, faults=(*one.faults, *found.get(id(one), ()))) for one in graded]


def _faults(one: Graded, grader: diagnosis.Grader) -> Iterator[Fault]:
    program = Program(one.entry.stage, one.entry.path)
    said = diagnosed(program, one.own, one.visible, grader)
    for by, name, silent in zip(("hidden", "visible"), (said.hidden, said.visible), said.silent, strict=True):
        if name and name != program.mistake:
            yield Fault(MISTAKEN, f"the {by} tests say {name}, and it is {program.mistake}")
        elif not name and not silent and f"{program.stage}/{program.slug}" not in VARIES:
            yield Fault(UNDIAGNOSED, f"the {by} tests do not tell {program.mistake} from another mistake")
