"""Mutation testing: small changes to `solutions/stages`, made by a tool, which the hidden suites have to notice.

mutmut makes the changes (its operators blank or drop an argument, shift a number, swap an operator, alter a text …),
and the grader's own runner grades each mutant as if a student had handed it in. A mutant of a stage's code is killed if
that stage's hidden suite takes marks off it; that another stage notices is not enough. One that survives has to be in
`equivalent.toml`, with the reason why no suite can or should tell it from the reference.

`make mutation` runs it all; see `__main__.py`.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import libcst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from autograder import rubric
from autograder.release import stubs
from autograder.runner import run as runner
from autograder.runner.results import StageResult

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it there
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[3]
SOLUTIONS = ROOT / "solutions"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
SECONDS = 10.0  # for a stage of a mutant: those that end at all end in two


@dataclass(frozen=True)
class Change:
    """What a mutant changes, as text, so that a note about it goes stale as soon as the line is written anew.

    Attributes:
        where: module and function, such as `protonet.ProtoNet.forward`.
        was: the lines of the reference that the mutant changes, without their indentation.
        becomes: what stands there in the mutant.
    """

    where: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.where}\n    - {self.was}\n    + {self.becomes}"


@dataclass(frozen=True)
class Mutant:
    """One mutant: what it changes, the stage that has to notice, and the whole text of the module."""

    change: Change
    module: str
    stage: str
    text: str


@dataclass(frozen=True)
class Equivalent:
    """A change that no suite has to notice, and why."""

    change: Change
    reason: str


def mutants(solutions: Path = SOLUTIONS) -> list[Mutant]:
    """All mutants of the solution regions, without those whose text is the same as another's."""
    found: dict[tuple[str, str], Mutant] = {}
    for source in stubs.parse_stages(solutions):
        for text in _mutated_texts(source):
            mutant = _describe(source, text)
            found.setdefault((mutant.module, mutant.text), mutant)
    return list(found.values())


def _mutated_texts(source: stubs.Source) -> Iterator[str]:
    lines = {line for region in source.regions for line in range(region.begin + 1, region.end)}
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()), lines)
    module = MetadataWrapper(libcst.parse_module(source.text)).visit(visitor)
    for mutation in visitor.mutations:
        mutated = module.deep_replace(mutation.original_node, mutation.mutated_node)
        assert isinstance(mutated, libcst.Module)
        yield mutated.code


def _describe(source: stubs.Source, text: str) -> Mutant:
    before, after = source.text.splitlines(), text.splitlines()
    matcher = difflib.SequenceMatcher(None, [line.strip() for line in before], [line.strip() for line in after], False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    start, end = changed[0][1], changed[-1][2]
    was, becomes = before[start:end], after[changed[0][3] : changed[-1][4]]
    region = next(region for region in source.regions if region.begin <= start + 1 <= region.end)
    where = f"{source.path.stem}.{region.name}"
    return Mutant(Change(where, _joined(was), _joined(becomes)), source.path.stem, region.stage, text)


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def grade(mutant: Mutant, folder: Path, seed: int = 0) -> StageResult:
    """Grades a mutant by the hidden suite of its stage.

    Args:
        mutant: the mutant.
        folder: an empty one, for the submission.
        seed: what the suite draws its inputs from.
    """
    (folder / "stages").mkdir()
    for path in (SOLUTIONS / "stages").glob("*.py"):
        text = mutant.text if path.stem == mutant.module else path.read_text(encoding="utf-8")
        (folder / "stages" / path.name).write_text(text, encoding="utf-8")
    stage = replace(rubric.get(mutant.stage), needs=(), seconds=SECONDS)
    (result,) = runner.run(folder, [stage], "hidden", jobs=1, seed=seed)
    return result


def equivalents(path: Path = EQUIVALENT) -> list[Equivalent]:
    """Reads the list of the survivors that are accepted."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))["equivalent"]
    return [Equivalent(Change(**change), group["reason"]) for group in groups for change in group["mutants"]]
