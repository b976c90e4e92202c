"""Finished results, kept by content: a submission that did not change is not graded again, and no kill loses one.

The name of a result is a digest of the graded files, of the suites, of the grading code and of the rubric. A result is
written to a new file, synced to the disk, and renamed; so a file is complete or absent. What cannot be read is graded
again. A result with a stage on which the grader failed is never kept.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec

from autograder import files
from autograder.errors import UserError
from autograder.grading import grade
from autograder.grading.records import KeptResult
from autograder.rubric import Stage
from autograder.submissions.allowlist import Handed

PACKAGE = Path(__file__).resolve().parents[1]
FOLDER = ".grades"  # in the output or in an nbgrader course
SEED = "seed.json"
STALE = 3600.0  # seconds after which an unfinished file is abandoned


class Store:
    """The results in a folder, which is created when the first one is kept."""

    def __init__(self, folder: Path):
        self.folder = folder

    def load(
        self,
        key: str,
        stages: Sequence[Stage],
        *,
        seed: int | None = None,
        accepts: Callable[[str], bool] = lambda isolation: True,
        since: int = 0,
    ) -> dict[str, Any] | None:
        """Returns a kept result, reduced to these stages; None if there is no acceptable one for all of them.

        Args:
            key: of the submission.
            stages: the ones wanted.
            seed: the seed that it must have been graded with; None: any.
            accepts: says whether a level of isolation is acceptable.
            since: the time of the oldest acceptable file, in nanoseconds.
        """
        known = self.known(key, stages, seed=seed, accepts=accepts, since=since)
        return known if known and len(known["stages"]) == len(stages) else None

    def known(
        self,
        key: str,
        stages: Sequence[Stage],
        *,
        seed: int | None = None,
        accepts: Callable[[str], bool] = lambda isolation: True,
        since: int = 0,
        again: Collection[str] | None = None,
    ) -> dict[str, Any] | None:
        """Returns what is kept of these stages, perhaps only some of them; None if nothing is.

        Args:
            key: of the submission.
            stages: the ones wanted.
            seed: see `load`.
            accepts: see `load`.
            since: see `load`.
            again: ids of the stages to which `since` applies; None: all.
        """
        path = self._path(key)
        try:
            result = msgspec.json.decode(path.read_bytes(), type=KeptResult)
            old = path.stat().st_mtime_ns < since
            there = [
                stage
                for stage in stages
                if stage.id in result["stages"] and not (old and (again is None or stage.id in again))
            ]
            if not there or seed not in (None, result["seed"]) or not accepts(result["isolation"]):
                return None
            return grade.checked(result, there)
        except (OSError, ValueError, UserError):
            return None  # never graded, torn by a crash, or written by another version

    def save(self, key: str, stages: Sequence[Stage], result: dict[str, Any]) -> None:
        """Keeps a result of these stages safely before it returns; it replaces the one that was kept.

        Raises:
            UserError: a stage has no score that may be recorded, or the file cannot be written.
        """
        grade.checked(result, stages)
        files.write(self._path(key), [json.dumps(result, indent=1)])

    def seed(self) -> int | None:
        """Returns the seed of the results in this folder; None if none has been chosen yet."""
        try:
            return msgspec.json.decode((self.folder / SEED).read_bytes(), type=dict[str, int])["seed"]
        except (OSError, ValueError, KeyError):
            return None

    def choose(self, seed: int) -> None:
        """Keeps the seed."""
        files.write(self.folder / SEED, [json.dumps({"seed": seed})])

    def sweep(self) -> None:
        """Deletes unfinished files that a killed run left long ago; a recent one may belong to `nbgrader autograde`."""
        files.sweep(self.folder, STALE)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def key(handed: Handed) -> str:
    """Returns a digest of what is graded and of what grades it."""
    content = hashlib.sha256(suite().encode())
    for name, text in handed.stages.items():
        content.update(b"%d %d " % (len(name), len(text)) + name.encode() + text)
    return content.hexdigest()[:32]


@functools.cache
def suite() -> str:
    """Returns a digest of the suites, the code that grades, the rubric, and the versions of Python and torch."""
    content = hashlib.sha256(repr((sys.version_info[:3], importlib.metadata.version("torch"))).encode())
    for folder in ("suites", "judge", "worker", "rpc", "sandbox", "runner", "grading"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            _add(content, path)
    for name in ("advice.py", "audit_events.py", "rubric.py"):
        _add(content, PACKAGE / name)
    return content.hexdigest()[:16]


def _add(content: Any, path: Path) -> None:
    name, text = path.relative_to(PACKAGE).as_posix().encode(), path.read_bytes()
    content.update(b"%d %d " % (len(name), len(text)) + name + text)
