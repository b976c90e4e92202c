"""Contenders in processes of their own, which take turns: one runs, the others stand still."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


class Failure(Exception):
    """A contender could not go on; the text is a sentence."""


@dataclass
class Contender:
    """A loop to measure.

    Attributes:
        function: of `ours` or `baselines`, such as "ours.simclr".
        settings: what the function gets. A list as "workers" stands for its values: `hold` settles on the fastest.
        threads: of torch.
    """

    function: str
    settings: dict[str, Any]
    threads: int


class Process:
    """A running contender; it stands still outside its turns, and so do its own workers."""

    def __init__(self, name: str, contender: Contender):
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), contender.function, json.dumps(contender.settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(contender.threads)},
            preexec_fn=os.setpgrp if hasattr(os, "setpgrp") else None,
        )

    def ready(self) -> None:
        """Waits until everything is loaded, and makes it stand still."""
        self._answer()
        self._signal("SIGSTOP")

    def turn(self, duration: float) -> dict[str, Any]:
        """Lets it run for about so many seconds, whole steps, and returns what it did."""
        self._signal("SIGCONT")
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{duration}\n")
            self._process.stdin.flush()
        result = self._answer()
        self._signal("SIGSTOP")
        return result

    def end(self) -> None:
        """Ends it and its workers at once."""
        self._signal("SIGKILL")
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            last = self._errors.read().strip().splitlines()[-1:] or ["it said nothing"]
            raise Failure(f"the contender “{self.name}” ended: {last[0]}")
        return json.loads(line)

    def _signal(self, name: str) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, getattr(signal, name))


@contextlib.contextmanager
def running(contenders: dict[str, Contender]) -> Iterator[dict[str, Process]]:
    """Starts contenders, and ends them whatever happens."""
    started: dict[str, Process] = {}
    try:
        for name, contender in contenders.items():
            started[name] = Process(name, contender)
        for process in started.values():
            process.ready()
        yield started
    finally:
        for process in started.values():
            process.end()


def hold(contenders: dict[str, Contender], duration: float, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Lets contenders take turns of about `duration` seconds, after one turn each to warm up.

    Returns:
        {contender: [turn, …]}, a turn being {"steps", "items", "seconds", "cpu_seconds", "parts"}.
    """
    for name, contender in contenders.items():
        settle(name, contender, duration)
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    with running(contenders) as processes:
        for process in processes.values():
            process.turn(duration / 2)
        names = list(processes)
        for index in range(rounds):
            first = index % len(names)  # nobody always follows the same neighbour
            for name in names[first:] + names[:first]:
                turns[name].append(processes[name].turn(duration))
    return turns


def settle(name: str, contender: Contender, duration: float) -> None:
    """Chooses the fastest number of DataLoader workers, if several are given."""
    choices = contender.settings.get("workers")
    if not isinstance(choices, list):
        return
    speeds = {}
    for workers in choices:
        trial = Contender(contender.function, {**contender.settings, "workers": workers}, contender.threads)
        with running({name: trial}) as processes:
            processes[name].turn(duration / 2)
            turn = processes[name].turn(duration / 2)
            speeds[workers] = turn["items"] / turn["seconds"]
    contender.settings["workers"] = max(speeds, key=lambda workers: speeds[workers])
