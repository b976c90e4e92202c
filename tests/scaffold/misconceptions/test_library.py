"""Every known mistake has a program that makes it, and every wrong entry of the bank a mistake with a sentence."""

from __future__ import annotations

import re

import pytest

from autograder import misconceptions, rubric
from autograder.misconceptions import entries, table

STAGES = [stage.id for stage in rubric.STAGES]


@pytest.mark.parametrize("stage", STAGES)
def test_programs_and_mistakes_belong_together(stage: str) -> None:
    made = {program.mistake for program in entries.programs(stage)}
    assert made == set(misconceptions.of(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_no_mistake_is_told_twice(stage: str) -> None:
    known = misconceptions.of(stage)
    module = __import__(f"autograder.misconceptions.{stage}", fromlist=["MISTAKES"])
    assert len(module.MISTAKES) == len(known), "two mistakes have the same id"
    assert len({mistake.sentence for mistake in known.values()}) == len(known)


@pytest.mark.parametrize("stage", STAGES)
def test_a_sentence_is_short_and_whole(stage: str) -> None:
    for mistake in misconceptions.of(stage).values():
        for text in filter(None, (mistake.sentence, mistake.next_step)):
            assert len(text) <= 300, (mistake.id, len(text))
            assert re.fullmatch(r"[A-Za-z`\"].*[.?!)]", text, re.DOTALL), (mistake.id, text)
            assert "\n" not in text
        assert not mistake.source.endswith(".")


@pytest.mark.parametrize("stage", STAGES)
def test_the_table_knows_every_program(stage: str) -> None:
    assert set(table.hidden(stage)) == {program.slug for program in entries.programs(stage)}


def test_the_tables_are_up_to_date() -> None:
    assert table.stale() == [], "run `make release`"
    assert table.VISIBLE.read_text(encoding="utf-8") == table.visible_text(), "run `make release`"


def test_what_students_get_holds_no_code() -> None:
    text = table.VISIBLE.read_text(encoding="utf-8")
    assert re.findall(r"\bdef \w+\(|\bimport \w+$|\blambda \w*:|self\.\w+ =", text) == []
