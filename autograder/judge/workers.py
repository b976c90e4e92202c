"""The grader's side of a worker: its private copy of the submission, its pipes, and how it ends.

grader ── forks, through a warm process ──> judge: pytest, the hidden suite, oracles, the secret seed
   └───── forks, through another one ────> worker: the sandbox, the submission; knows nothing
                                               judge <── pipes ──> worker
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric, sandbox
from autograder.errors import UserError
from autograder.rubric import Stage
from autograder.runner.environment import keep_memory_private
from autograder.runner.errors import LostError
from autograder.runner.forkserver import Pool, Server
from autograder.runner.monitor import MAX_OUTPUT, traced_place
from autograder.submissions.folder import read_folder

GRACE = 100.0  # seconds that a judge has beyond its worker's, to start and to compare
PIPE = 1 << 20  # bytes
ANSWER_SECONDS = 1.0  # for a worker whose time is up to write down where it is
CPU_RESERVE = 30  # seconds of processor time beyond its stage's, after which the kernel ends a worker by itself


@dataclass(frozen=True)
class Isolated:
    """Starts the workers of a submission at one level of the sandbox; `runner.run` calls it."""

    level: str

    def __call__(self, pool: Pool, submission: Path) -> Workers:
        return Workers(pool, self.level, submission)


def at(level: str | None) -> Isolated | None:
    """Returns what `runner.run` takes for its workers: those at that level; None, in the tests' own process, for None.

    Raises:
        UserError: there is no such level.
    """
    if level is not None and level not in sandbox.LEVELS:
        raise UserError(f"There is no isolation level {level!r}; choose one of {', '.join(sandbox.LEVELS)}.")
    return None if level is None else Isolated(level)


class Workers:
    """The workers of one submission, one after the other: each serves one stage. A context manager.

    Args:
        pool: has the warm process that forks them.
        level: of the sandbox.
        submission: the folder that holds `stages/`.

    Attributes:
        told: what the kernel reported about the last worker, each kind once, such as "opened a socket".
    """

    def __init__(self, pool: Pool, level: str, submission: Path):
        keep_memory_private()
        self._pool, self._level, self._submission = pool, level, submission
        self._ours, theirs = socket.socketpair()
        self._theirs = theirs
        self._home = Path(tempfile.mkdtemp(prefix="worker-")).resolve()
        self._home.chmod(0o711)  # a worker may have another user's rights
        self._copy, self._trace = self._home / "submission", self._home / "trace.txt"
        self._running: _Running | None = None
        self.told: list[str] = []

    @property
    def theirs(self) -> int:
        """The judge's end of the socket on which it receives workers."""
        return self._theirs.fileno()

    def __enter__(self) -> Workers:
        read_folder(self._submission).write(self._copy)
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()
        self._ours.close()
        self._theirs.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def patience(self, stage: Stage) -> float:
        """How many seconds by the clock a judge may take for a stage, whose own time it keeps itself."""
        return rubric.WALL * stage.seconds + GRACE

    def begin(self, stage: Stage) -> None:
        """Starts a worker and hands it to the judge."""
        self.end()
        self._theirs.close()  # the judge has its own; if it dies, sending fails
        scratch = self._home / "scratch"
        scratch.mkdir()
        with contextlib.closing(_Descriptors()) as ends:
            trace = ends.add(os.open(self._trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
            ask_out, ask_in = ends.pipe()
            answer_out, answer_in = ends.pipe()
            alarm_out, alarm_in = ends.pipe()
            end_out, end_in = ends.pipe()
            output_out, output_in = ends.pipe()
            for descriptor in (ask_in, answer_in):
                _widen(descriptor)
            limits = vars(sandbox.Limits(cpu_seconds=math.ceil(stage.seconds) + CPU_RESERVE))
            core = _CORES.take()
            request = {
                **{"submission": str(self._copy), "scratch": str(scratch), "level": self._level, "limits": limits},
                "core": core,
            }
            server, reports = self._pool.workers(), sandbox.Reports()
            try:
                handed = (ask_out, answer_in, alarm_in, trace, reports.theirs)
                pid = server.fork({"worker": request}, end_in, output_in, *handed)
            except BaseException:
                reports.end()
                _CORES.give_back(core)
                raise
            reports.sent()
            self._running = _Running(server, pid, scratch, os.dup(output_out), reports, core)
            judge = {
                "pid": pid,
                "scratch": str(scratch),
                "limits": limits,
                "seconds": stage.seconds,
            }
            message = json.dumps(judge).encode() + b"\n"
            try:
                socket.send_fds(self._ours, [message], [ask_in, answer_out, alarm_out, end_out])
            except OSError:
                raise LostError("the judge is gone") from None

    def place(self) -> str:
        """Where the worker's code was when it crashed or its time was up, such as `stages/protonet.py, line 12`."""
        found = traced_place(self._trace, self._copy)
        if self._running and not found and self._running.ask_where():
            give_up = time.monotonic() + ANSWER_SECONDS
            while not found and time.monotonic() < give_up:
                time.sleep(0.005)
                found = traced_place(self._trace, self._copy)
        return found

    def end(self) -> bytes:
        """Ends the worker and everything it started, and returns what it printed; `told` then has what it tried."""
        running, self._running = self._running, None
        self.told = []
        return running.end(self.told) if running else b""


class _Running:
    """A worker that runs."""

    def __init__(
        self, server: Server, pid: int, scratch: Path, output: int, reports: sandbox.Reports, core: int | None
    ):
        self._server, self._pid, self._scratch, self._output = server, pid, scratch, output
        self._reports, self._core = reports, core
        self._printed = bytearray()
        self._drain = threading.Thread(target=self._take_all, daemon=True)
        self._drain.start()

    def ask_where(self) -> bool:
        """Has it note on its trace where it is. Returns whether it is still there."""
        return self._server.ask_where(self._pid)

    def end(self, told: list[str]) -> bytes:
        """Kills it, adds to `told` what the kernel said that it tried, and returns what it printed."""
        self._server.kill(self._pid)
        self._drain.join(2)
        told += self._reports.end()
        _CORES.give_back(self._core)
        sandbox.remove(self._scratch)
        if not self._server.usable:  # the worker died with the warm process, which is not the submission's fault
            raise LostError("the warm process of the workers is gone")
        return bytes(self._printed)

    def _take_all(self) -> None:
        """Takes what is printed, so that nobody waits for a full pipe, and keeps the first part."""
        while data := os.read(self._output, PIPE):
            self._printed += data[: MAX_OUTPUT - len(self._printed)]
        os.close(self._output)


class _Cores:
    """Spreads this grader's workers over the cores that it may use, each to the one with the fewest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[int, int] = {}

    def take(self) -> int | None:
        """Returns a core for a worker; None if processes cannot be pinned to one."""
        if not hasattr(os, "sched_getaffinity"):
            return None
        with self._lock:
            cores = list(os.sched_getaffinity(0))
            random.shuffle(cores)  # so that another grader on this machine starts elsewhere
            core = min(cores, key=lambda core: self._busy.get(core, 0))
            self._busy[core] = self._busy.get(core, 0) + 1
            return core

    def give_back(self, core: int | None) -> None:
        """Records that a worker is gone."""
        if core is not None:
            with self._lock:
                self._busy[core] -= 1


_CORES = _Cores()


class _Descriptors:
    """Open descriptors, closed once each."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def add(self, descriptor: int) -> int:
        self._open.add(descriptor)
        return descriptor

    def pipe(self) -> tuple[int, int]:
        out, into = os.pipe()
        return self.add(out), self.add(into)

    def close(self, *descriptors: int) -> None:
        """Closes these, or all."""
        for descriptor in set(descriptors or self._open) & self._open:
            self._open.discard(descriptor)
            os.close(descriptor)


def _widen(pipe: int) -> None:
    """Makes a pipe hold a megabyte, where Linux allows it: a large tensor takes fewer turns."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)
