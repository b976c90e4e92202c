"""The mutants of the solutions: where they are made, who grades them, and that the list of equivalent ones is alive.

All of them together are graded by `make mutation`, which takes minutes; here are a few.
"""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from rich.console import Console

import mutation
from autograder import rubric
from autograder.release import stubs
from mutation import __main__ as command


@pytest.fixture(scope="module")
def mutants() -> list[mutation.Mutant]:
    """All mutants of the solutions."""
    return mutation.mutants()


def test_every_stage_has_mutants_and_no_two_are_alike(mutants):
    assert {mutant.stage for mutant in mutants} == {stage.id for stage in rubric.STAGES}
    assert max(Counter((mutant.module, mutant.text) for mutant in mutants).values()) == 1


def test_mutants_differ_from_the_reference_inside_one_region_only(mutants):
    sources = {source.path.stem: source for source in stubs.parse_stages(mutation.SOLUTIONS)}
    for mutant in mutants:
        source = sources[mutant.module]
        before, after = (_without_regions(text) for text in (source.text, mutant.text))
        assert before == after, mutant.change
        assert ast.dump(ast.parse(source.text)) != ast.dump(ast.parse(mutant.text)), mutant.change


def _without_regions(text: str) -> list[str]:
    kept, inside = [], False
    for line in text.splitlines():
        inside = inside and stubs.END not in line
        if not inside:
            kept.append(line.strip())
        inside = inside or stubs.BEGIN in line
    return kept


def test_every_listed_equivalent_is_a_mutant_and_has_a_reason(mutants):
    changes = {mutant.change for mutant in mutants}
    for entry in mutation.equivalents():
        assert entry.change in changes, f"stale:\n{entry.change}"
        assert len(entry.reason) > 20
    listed = Counter(entry.change for entry in mutation.equivalents())
    assert not [change for change, count in listed.items() if count > 1]


@pytest.mark.parametrize(
    ("where", "becomes", "outcome"),
    [
        (
            "protonet.squared_euclidean",
            "differences = queries.unsqueeze(1) + prototypes.unsqueeze(0)  # (M, 1, D) - (1, N, D) -> (M, N, D)",
            0,
        ),
        ("protonet.compute_prototypes", "return support.mean(dim=2)  # (n_way, n_support, D) -> (n_way, D)", 0),
        ("episodes.sample_episode", "raise ValueError(None)", 1),
    ],
)
def test_a_mistake_is_killed_and_a_harmless_change_survives(mutants, tmp_path, where, becomes, outcome):
    mutant = next(mutant for mutant in mutants if (mutant.change.where, mutant.change.becomes) == (where, becomes))
    result = mutation.grade(mutant, tmp_path)
    assert (result.outcome == "passed", result.points == result.max_points) == (bool(outcome), bool(outcome))


def test_an_unlisted_survivor_and_a_stale_entry_are_both_named(mutants):
    alive, killed = mutants[0], mutants[1]
    entry = mutation.Equivalent(killed.change, "It was once.")
    assert command.compare([alive], [entry]) == ([alive], [entry])
    assert command.compare([alive], [mutation.Equivalent(alive.change, "It is.")]) == ([], [])


def test_the_score_is_given_with_and_without_the_equivalent_ones(mutants, capsys):
    chosen = [mutant for mutant in mutants if mutant.stage == "distances"][:4]
    fates = list(zip(chosen, ["wrong", "timeout", "error", "passed"], strict=True))
    Console(width=150).print(command.score(fates, {chosen[3].change}))
    row = next(line for line in capsys.readouterr().out.splitlines() if "protonet" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")][1:] == ["4", "3", "1", "1", "0", "75.0%", "100.0%"]
