"""The sample class of `autograder demo`: what each of them did, and how they hand it in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from autograder import rubric

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "tests" / "scaffold" / "bank"


@dataclass(frozen=True)
class Member:
    """A student of the sample class.

    Attributes:
        id: the folder they hand in under.
        story: what they did, for the page.
        stubs: modules that they left untouched.
        entries: bank entries (`<kind>/<stage>/<slug>`) that they wrote instead of the reference.
        code: stage id -> what else they wrote instead.
    """

    id: str
    story: str
    stubs: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    code: dict[str, str] = field(default_factory=dict)


ENDLESS = """
def sample_episode(images, labels, n_way, n_support, n_query, generator):
    chosen = []
    while len(chosen) < n_way:
        pass
"""

NETWORK = """
import socket

try:
    socket.create_connection(("127.0.0.1", 9), timeout=0.1).close()
except OSError:
    pass
"""

CLASS = (
    Member("ada", "did everything right"),
    Member("ben", "handed in the untouched stubs", stubs=rubric.MODULES),
    Member("chloe", "did the first notebook only", stubs=("simclr", "linear_eval")),
    Member("deniz", "took the square root of the distances", entries=("wrong/distances/rooted",)),
    Member("ema", "let every view be its own negative", entries=("wrong/nt_xent/self_similarity_kept",)),
    Member("farid", "got stuck in a loop while sampling episodes", code={"sample_episode": ENDLESS}),
    Member("gwen", "reached for the network while being graded", code={"read_omniglot": NETWORK}),
)


def hand_in(course: Path) -> None:
    """Puts the class's work where nbgrader expects what was collected."""
    for member in CLASS:
        folder = course / "submitted" / member.id / "homework"
        shutil.copytree(ROOT / "solutions" / "stages", folder / "stages", ignore=shutil.ignore_patterns("__pycache__"))
        for module in member.stubs:
            shutil.copy(ROOT / "assignment" / "stages" / f"{module}.py", folder / "stages")
        written = {entry.split("/")[1]: (BANK / f"{entry}.py").read_text() for entry in member.entries} | member.code
        for stage_id, code in written.items():
            with (folder / "stages" / f"{rubric.get(stage_id).module}.py").open("a") as file:
                file.write(f"\n\n{code}")
        for notebook in (ROOT / "assignment").glob("*.ipynb"):
            shutil.copy(notebook, folder)
