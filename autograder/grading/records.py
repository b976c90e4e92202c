"""The records of a grading as types: kept results are checked against them, and they describe `results.json`.

A record stays the plain dict that it is in the file. `results.schema.json` beside this module is the JSON schema of
`results.json`, for whoever reads it with a program of their own; after a change here, write it anew with
`python -m autograder.grading.records`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from msgspec import Meta
from msgspec.json import schema

SCHEMA = Path(__file__).with_name("results.schema.json")

Points = Annotated[float, Meta(description="what was earned; null while nobody can know it")]
Isolation = Annotated[str, Meta(description="none, limits, namespaces or landlock; empty if nothing ran")]


class GradedTest(TypedDict):
    """One hidden test."""

    name: str
    outcome: str
    message: Annotated[str, Meta(description="why it failed, as plain text")]


class GradedStage(TypedDict):
    """One stage of one submission."""

    points: Points | None
    max_points: int
    outcome: Annotated[
        str,
        Meta(
            description="passed, wrong, todo, error, timeout, memory, crashed, tampered, blocked, refused, or "
            "infrastructure: the grader's own fault"
        ),
    ]
    tests: list[GradedTest]
    diagnosis: Annotated[str, Meta(description="what to tell the student; empty if the stage passed")]
    mistake: Annotated[str, Meta(description="the id of the known mistake that the diagnosis names; empty for none")]
    flags: Annotated[list[str], Meta(description="what the code did that graded code may not do")]


class KeptResult(TypedDict):
    """What the store reads of a finished result."""

    seed: int | None
    isolation: Isolation
    stages: dict[str, GradedStage]


class GradedSubmission(TypedDict):
    """One student's submission."""

    student_id: str
    points: Points | None
    max_points: int
    isolation: Isolation
    refused: Annotated[str, Meta(description="why it was not graded; empty if it was")]
    ignored: Annotated[list[str], Meta(description="names of files that were not read")]
    near: Annotated[list[str], Meta(description="sentences about missing modules, and files with similar names")]
    feedback: Annotated[str, Meta(description="the student's page, relative to this file")]
    stages: Annotated[dict[str, GradedStage], Meta(description="by the stages' ids, in the rubric's order")]


class Results(TypedDict):
    """`results.json`: a class, graded by `autograder grade`."""

    schema: Literal[1]
    suite: Annotated[str, Meta(description="changes with the hidden suites and the code that grades")]
    seed: Annotated[int, Meta(description="what the hidden inputs were drawn from")]
    isolation: Annotated[str, Meta(description="the weakest level at which a submission was graded")]
    notes: Annotated[list[str], Meta(description="sentences for the instructor")]
    submissions: list[GradedSubmission]


def results_schema() -> str:
    """Returns the text of `results.schema.json`."""
    return json.dumps(schema(Results), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(results_schema(), encoding="utf-8")
