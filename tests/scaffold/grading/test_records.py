"""The published JSON schema of `results.json`; `commands/test_grade.py` holds real results against it."""

from __future__ import annotations

from autograder.grading import records


def test_the_published_schema_is_up_to_date() -> None:
    cure = "is outdated: run `python -m autograder.grading.records`"
    assert records.SCHEMA.read_text(encoding="utf-8") == records.results_schema(), f"{records.SCHEMA.name} {cure}"
