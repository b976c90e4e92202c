"""What the known programs fail, written down: which hidden tests each fails, and the visible fingerprints for `check`.

    table.json                             of the hidden suites: {"<stage>": {"digest": …, "hidden": {slug: [tests]}}}
    ../student/known_mistakes.json         in the handout: {"<stage>": [{"failures", "mistake", "text"}]}, no code

Both are generated (`autograder release`), stage by stage where the digest of what its results depend on has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from autograder import misconceptions, rubric
from autograder.misconceptions.entries import REFERENCE, Program, programs
from autograder.rubric import Stage
from autograder.runner.environment import ROOT, cores
from autograder.runner.fingerprint import fingerprint
from autograder.runner.results import StageResult

TABLE = Path(__file__).with_name("table.json")
VISIBLE = ROOT / "autograder" / "student" / "known_mistakes.json"
Grade = Callable[..., StageResult]


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {}
    return found


def hidden(stage_id: str) -> dict[str, set[str]]:
    """Returns which hidden tests each known program of a stage fails, by the program's name."""
    tests = _read().get(stage_id, {}).get("hidden", {})
    return {slug: set(names) for slug, names in tests.items()}


def stale() -> list[str]:
    """Returns the ids of the stages whose part of the table is older than what it depends on."""
    return [stage.id for stage in rubric.STAGES if _read().get(stage.id, {}).get("digest") != _digest(stage)]


def outdated() -> list[str]:
    """Returns a sentence for each part of the tables that is older than what it depends on."""
    name = TABLE.relative_to(ROOT).as_posix()
    found = [
        f"{name} is older than the tests or the known programs of {stage}: run `make release`" for stage in stale()
    ]
    if not found and (not VISIBLE.is_file() or VISIBLE.read_text(encoding="utf-8") != visible_text()):
        found.append(f"{VISIBLE.relative_to(ROOT).as_posix()} is outdated: run `make release`")
    return found


def refresh(grade: Grade, on_done: Callable[[Program], None] = lambda program: None) -> list[str]:
    """Writes both tables, for which it grades the programs of the stages that are stale.

    Args:
        grade: grades a program; see `diagnosis.grade`.
        on_done: called as each program was graded.

    Returns:
        The files that changed, as paths from the checkout.
    """
    kept = dict(_read())
    for stage_id in stale():
        kept[stage_id] = _measured(rubric.get(stage_id), grade, on_done)
    changed = _written(TABLE, _text({stage.id: kept[stage.id] for stage in rubric.STAGES}))
    _read.cache_clear()
    return [*changed, *_written(VISIBLE, visible_text())]


def _written(path: Path, text: str) -> list[str]:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return []
    path.write_text(text, encoding="utf-8")
    return [path.relative_to(ROOT).as_posix()]


def visible_text() -> str:
    """Returns the text of the table that `check` reads: fingerprints and what to say, for each stage."""
    return _text({stage.id: _visible(stage) for stage in rubric.STAGES})


def _visible(stage: Stage) -> list[dict[str, Any]]:
    known, found = misconceptions.of(stage.id), _read().get(stage.id, {}).get("visible", {})
    return [
        {"mistake": program.mistake, "text": known[program.mistake].text, "failures": found[program.slug]}
        for program in programs(stage.id)
        if found.get(program.slug) and program.mistake in known
    ]


def _measured(stage: Stage, grade: Grade, on_done: Callable[[Program], None]) -> dict[str, Any]:
    def one(program: Program) -> tuple[str, list[str], list[Any]]:
        tests = [failure.test for failure in fingerprint(grade(program, "hidden"))]
        seen = [failure.to_json() for failure in fingerprint(grade(program, "visible"))]
        on_done(program)
        return program.slug, tests, seen

    with ThreadPoolExecutor(cores()) as executor:
        rows = list(executor.map(one, programs(stage.id)))
    return {
        "digest": _digest(stage),
        "hidden": {slug: tests for slug, tests, _ in rows},
        "visible": {slug: seen for slug, _, seen in rows},
    }


def _digest(stage: Stage) -> str:
    """What the results of a stage's programs depend on: its suites, the reference, the programs."""
    suites, visible = ROOT / "autograder" / "suites", ROOT / "tests"
    files = [suites / f"test_{stage.id}.py", suites / "expect.py", visible / f"test_{stage.module}.py"]
    files += [visible / "expect.py", REFERENCE / f"{stage.module}.py", *(one.path for one in programs(stage.id))]
    return _hash(path.read_bytes() for path in files if path.is_file())


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.replace(b"\r\n", b"\n")).digest())
    return digest.hexdigest()[:16]


def _text(data: dict[str, Any]) -> str:
    """Returns JSON with a line for each entry, so that changes are seen line by line."""

    def lines(value: Any, indent: str) -> str:
        inner = indent + " "
        if isinstance(value, dict) and indent.count(" ") < 3 and value:
            rows = [f"{inner}{json.dumps(key)}: {lines(item, inner)}" for key, item in value.items()]
            return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
        if isinstance(value, Sequence) and not isinstance(value, str) and indent.count(" ") < 2 and value:
            return (
                "[\n" + ",\n".join(f"{inner}{json.dumps(item, ensure_ascii=False)}" for item in value) + f"\n{indent}]"
            )
        return json.dumps(value, ensure_ascii=False)

    return lines(data, "") + "\n"
