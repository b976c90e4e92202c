"""The page that `make demo` ends with: the class in a table, and links to everything that was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from autograder import rubric
from autograder.demo.students import Member
from autograder.nbgrader.gradebook import stage_scores


def write(out: Path, members: Sequence[Member]) -> Path:
    """Writes `out/index.html` from the course, runs and archive that lie there, and returns its path."""
    scores = stage_scores(out / "course")
    rows = []
    for member in members:
        stages = scores.get(member.id, {})
        cells = [(stage, stages.get(stage.id), _shade(stages.get(stage.id), stage.points)) for stage in rubric.STAGES]
        feedback = sorted((out / "course" / "feedback" / member.id / "homework").glob("*.html"))
        rows.append(
            {
                "member": member,
                "cells": cells,
                "total": sum(points for _, points, _ in cells if points is not None),
                "page": _if_there(out, f"grades/feedback/{member.id}.html"),
                "feedback": [(page.stem, page.relative_to(out).as_posix()) for page in feedback],
            }
        )
    environment = jinja2.Environment(autoescape=True, loader=jinja2.PackageLoader("autograder.demo", "."))
    page = out / "index.html"
    text = environment.get_template("demo_page.html").render(
        rows=rows,
        class_page=_if_there(out, "grades/index.html"),
        stages=rubric.STAGES,
        max_points=rubric.MAX_POINTS,
        reports=[path.relative_to(out).as_posix() for path in sorted((out / "runs").rglob("*.html"))],
        exports=[path.relative_to(out).as_posix() for path in sorted((out / "course").glob("*.csv"))],
    )
    page.write_text(text, encoding="utf-8")
    return page


def _if_there(out: Path, name: str) -> str:
    return name if (out / name).is_file() else ""


def _shade(points: float | None, max_points: int) -> str:
    if points is None:
        return "none"
    if points >= max_points - 1e-9:
        return "full"
    return "part" if points > 0 else "zero"
