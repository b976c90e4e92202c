"""What lies around one attack: canaries, listeners, two sleeping processes, and how they were before it."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from bank import hostile
from bank.attacks import signs
from bank.attacks.listeners import Listeners

ROOT = Path(__file__).resolve().parents[4]
SUITE = ROOT / "autograder" / "suites" / "test_prototypes.py"
SOLUTION = ROOT / "solutions" / "stages" / "protonet.py"


class Ground:
    """What lies around one attack, in a folder of its own."""

    def __init__(self, folder: Path, words: dict[str, str]):
        self.outbox = folder / "outbox"
        self.home = folder / "home"
        self.neighbour = folder / "handed" / "neighbour"
        self.gradebook = folder / "gradebook.db"
        self.solution = SOLUTION
        self.words = words
        self.mark = f"mark{secrets.token_hex(4)}"
        for path in (self.outbox, self.home / ".ssh"):
            path.mkdir(parents=True)
        hostile.copy_reference(self.neighbour / "stages")
        with (self.neighbour / "stages" / "protonet.py").open("a") as file:
            file.write(f"\n# {words['neighbour']}\n")
        (self.home / ".ssh" / "id_canary").write_text(words["home"])
        with contextlib.closing(sqlite3.connect(self.gradebook)) as database, database:
            database.execute("CREATE TABLE grade (student TEXT, points REAL)")
            database.execute("INSERT INTO grade VALUES (?, 50)", (words["gradebook"],))
        self.listeners = Listeners(folder / "s")
        self.sibling, self.parent = (_sleeper(words["sibling"]) for _ in range(2))
        self.before = signs.snapshot(folder)
        self._folder = folder

    @property
    def learnt(self) -> dict[str, Any]:
        """The constants that an attack of the kind "stage" finds in its module."""
        paths = {"OUTBOX": self.outbox, "HOME": self.home, "NEIGHBOUR": self.neighbour, "GRADEBOOK": self.gradebook}
        known = {"SUITE": SUITE, "SOLUTION": SOLUTION, **paths}
        processes = {"SIBLING": self.sibling.pid, "PARENT": self.parent.pid, "MARK": self.mark}
        return {name: str(path) for name, path in known.items()} | self.listeners.addresses | processes

    def disturbed(self) -> list[str]:
        """What was achieved here: sentences."""
        found = [f"the listener {name} heard from it" for name in self.listeners.heard()]
        for name, process in (("a sibling", self.sibling), ("a parent", self.parent)):
            if process.poll() is not None:
                found.append(f"{name} process died")
        found += signs.changes(self.before, signs.snapshot(self._folder))
        return found + [f"a process stayed: {name}" for name in signs.processes_named(self.mark)]

    def close(self) -> None:
        """Ends the processes and closes the doors."""
        self.listeners.close()
        for process in (self.sibling, self.parent):
            process.kill()
            process.wait()


def _sleeper(word: str) -> subprocess.Popen[bytes]:
    environment = {"SIBLING_TOKEN": word, "PATH": os.environ["PATH"]}
    return subprocess.Popen(["sleep", "600"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
