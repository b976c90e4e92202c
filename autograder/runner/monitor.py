"""One child process of the runner, seen from outside: what it reports, what it prints, how it ends.

`attend` listens to it until it is done, has died, or has used up a stage's time, and returns a `Record` for each stage
that it began. A child comes from a warm process (`fork_child`) or is a fresh interpreter (`spawn_child`).
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from autograder.rubric import Stage
from autograder.runner.environment import PATH, ROOT, environment
from autograder.runner.errors import JudgeLostError, LostError
from autograder.runner.forkserver import Server
from autograder.text import plain

MAX_OUTPUT = 64 * 1024  # bytes kept of what a child prints
MAX_LINE = 1 << 20  # bytes of one report
SETTLE = 0.2  # seconds for the draining thread to read what a stage has printed
GRACE = 120.0  # seconds until a child begins its first stage; a fresh one first imports pytest
BOOT = f"{PATH}from autograder.runner import child; child.main()"


@dataclass
class Record:
    """What a child reported about one stage, and how the stage ended.

    Attributes:
        stage: the stage.
        names: its tests, in order; empty until they are collected.
        results: test -> (outcome, message).
        running: the test that started most recently.
        broken: outcome and message, if the stage's module could not be imported.
        fault: what is wrong with the suite itself; empty if nothing is.
        end: `end`, `timeout`, `crashed`, or another outcome that a judge reports; empty while it runs.
        said: what a judge says about how it ended; may be empty.
        flags: what a worker's alarm noticed, each with `what`, `path` and `where`.
        status: the exit status of a crashed process; negative for a signal.
        place: where the code was when it crashed or its time was up, such as `stages/protonet.py, line 12`.
        output: what was printed.
    """

    stage: Stage
    names: list[str] = field(default_factory=list)
    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    running: str = ""
    broken: tuple[str, str] | None = None
    fault: str = ""
    end: str = ""
    status: int = 0
    place: str = ""
    said: str = ""
    flags: list[dict[str, str]] = field(default_factory=list)
    output: bytes = b""

    @property
    def hides_text(self) -> bool:
        """Whether a message has characters that a reader would not see."""
        messages = [message for _, message in (*self.results.values(), self.broken or ("", ""))]
        return any(plain(message) != message for message in messages)


class Child:
    """A running child.

    Args:
        events: its reports; for a forked child the last line says how it ended.
        output: what it prints.
        kill: ends it and everything it started.
        wait: returns the exit status of a spawned child once `events` has ended; None for a forked one.
    """

    def __init__(
        self, events: IO[bytes], output: IO[bytes], kill: Callable[[], None], wait: Callable[[], int] | None = None
    ):
        self.kill = kill
        self.printed = bytearray()
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue(1000)
        self._reader = threading.Thread(target=self._read, args=(events, wait), daemon=True)
        self._drainer = threading.Thread(target=self._drain, args=(output,), daemon=True)
        self._reader.start()
        self._drainer.start()

    def next(self, seconds: float) -> dict[str, Any] | None:
        """Returns the next report, or None when the child is gone. Raises queue.Empty if none comes in time."""
        return self._events.get(timeout=max(0.0, seconds))

    def finish(self) -> None:
        """Waits until the child is gone and everything it printed has been read."""
        give_up = time.monotonic() + 5
        with contextlib.suppress(queue.Empty):
            while self.next(give_up - time.monotonic()) is not None:
                pass
        self._drainer.join(1)  # no longer: something it started may still hold the pipe open

    def _read(self, events: IO[bytes], wait: Callable[[], int] | None) -> None:
        with events:
            while line := events.readline(MAX_LINE):
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        self._events.put(event)
        if wait is not None:
            self._events.put({"event": "exit", "status": wait()})
        self._events.put(None)

    def _drain(self, output: IO[bytes]) -> None:
        with output:
            while data := os.read(output.fileno(), 65536):
                self.printed += data[: MAX_OUTPUT - len(self.printed)]


def fork_child(server: Server, job: dict[str, Any], descriptors: Sequence[int] = ()) -> Child:
    """Has a warm process fork a child for the job, with additional descriptors."""
    events, events_in = os.pipe()
    output, output_in = os.pipe()
    try:
        pid = server.fork(job, events_in, output_in, *descriptors)
    except BaseException:
        os.close(events)
        os.close(output)
        raise
    finally:
        os.close(events_in)
        os.close(output_in)
    return Child(os.fdopen(events, "rb"), os.fdopen(output, "rb"), lambda: server.kill(pid))


def spawn_child(job: dict[str, Any]) -> Child:
    """Starts a fresh interpreter for the job."""
    process = subprocess.Popen(
        [sys.executable, "-c", BOOT, str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        cwd=tempfile.gettempdir(),
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with contextlib.suppress(OSError), process.stdin as stdin:
        stdin.write(json.dumps(job).encode() + b"\n")

    def kill() -> None:
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        else:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)

    return Child(process.stdout, process.stderr, kill, process.wait)


class Supply(Protocol):
    """Gives a judge a worker for each stage (`autograder.judge.workers`)."""

    told: list[str]  # what the kernel reported about the last worker, each kind once

    @property
    def theirs(self) -> int:
        """The judge's end of the socket on which it receives workers."""

    def patience(self, stage: Stage) -> float:
        """How many seconds by the clock a judge may take for a stage, whose own time it keeps itself."""

    def begin(self, stage: Stage) -> None:
        """Starts a worker and hands it to the judge."""

    def place(self) -> str:
        """Where the worker's code was when it crashed or its time was up."""

    def end(self) -> bytes:
        """Ends the worker, if there is one, and returns what it printed."""


def attend(
    child: Child, stages: Sequence[Stage], job: dict[str, Any], stop: threading.Event, supply: Supply | None = None
) -> list[Record]:
    """Listens to a child until it ends, or ends it when a stage's time is up.

    Args:
        child: runs the job.
        stages: those of the job.
        job: names the folder with the trace of a crash, and the submission.
        stop: set by another thread to give up early.
        supply: for a child that is a judge.

    Returns:
        A record for each stage that began, or that ended before the grader failed.

    Raises:
        LostError: a judge or a worker failed through the grader's own fault, before any stage ended.
    """
    listener = _Listener(child, {stage.id: stage for stage in stages}, stop, supply)
    try:
        listener.listen()
    except LostError:
        listener.records = [record for record in listener.records if record.end]
        if not listener.records:
            raise
    finally:
        child.kill()
    child.finish()
    records = listener.records
    if records and supply is None:
        last = records[-1]
        last.output += bytes(child.printed[listener.seen :])
        if last.end in ("timeout", "crashed"):
            last.place = traced_place(Path(job["folder"]) / "trace.txt", Path(job["submission"]))
    return records


class _Listener:
    """Turns a child's reports into records."""

    def __init__(self, child: Child, stages: dict[str, Stage], stop: threading.Event, supply: Supply | None):
        self.records: list[Record] = []
        self.seen = 0  # how much of the output belongs to the stages before the last
        self._child, self._stages, self._stop, self._supply = child, stages, stop, supply
        self._deadline = time.monotonic() + GRACE

    def listen(self) -> None:
        """Listens until the child is gone, or the time is up."""
        while True:
            record = self.records[-1] if self.records else None
            try:
                event = self._child.next(min(self._deadline - time.monotonic(), 0.5))
            except queue.Empty:
                if time.monotonic() < self._deadline and not self._stop.is_set():
                    continue
                self._gone(record, "timeout")
                return
            if event is None or event.get("event") == "exit":
                if event:
                    self._gone(record, "crashed", int(event["status"]))
                return
            self._take(event, record)

    def _gone(self, record: Record | None, end: str, status: int = 0) -> None:
        if record and not record.end:
            if self._supply:
                raise JudgeLostError("the judge did not end in time" if end == "timeout" else "the judge ended early")
            record.end, record.status = end, status

    def _take(self, event: dict[str, Any], record: Record | None) -> None:
        kind = event.get("event")
        if kind == "begin" and event["stage"] in self._stages:
            self.records.append(Record(self._stages[event["stage"]]))
            if self._supply:
                self._supply.begin(self.records[-1].stage)
            stage = self.records[-1].stage
            self._deadline = time.monotonic() + (self._supply.patience(stage) if self._supply else stage.seconds)
        elif kind == "end" and record:
            ended = record.end or "end"
            self._deadline = time.monotonic() + GRACE
            if self._supply:
                record.end = ""  # until it is known that the worker did not die with the process that forked it
                record.output, record.end = self._supply.end(), ended
                record.flags = _told_first(self._supply.told, record.flags)
                return
            record.end = ended
            if len(self._stages) > 1:
                time.sleep(SETTLE)
            record.output, self.seen = bytes(self._child.printed[self.seen :]), len(self._child.printed)
        elif kind == "infrastructure" and not record:
            raise LostError(str(event.get("message")))
        elif kind == "lost" and record and self._supply:
            if event.get("end") == "infrastructure":
                raise LostError(str(event.get("message")))
            record.end, record.status, record.said = str(event["end"]), int(event["status"]), str(event["message"])
            if record.end in ("timeout", "crashed"):
                record.place = self._supply.place()
        elif record:
            _note(record, event)


def _told_first(told: list[str], flags: list[dict[str, str]]) -> list[dict[str, str]]:
    """Returns the flags, the kernel's reports first; these take their lines from the worker's alarm."""
    first = [
        next((flag for flag in flags if flag["what"] == what), {"what": what, "path": "", "where": ""}) for what in told
    ]
    return [*first, *(flag for flag in flags if flag not in first)]


def _note(record: Record, event: dict[str, Any]) -> None:
    kind, name, message = event.get("event"), str(event.get("name", "")), str(event.get("message", ""))
    if kind == "collected":
        record.names = [str(name) for name in event["names"]]
    elif kind == "start":
        record.running = name
    elif kind == "result":
        record.results[name] = (str(event.get("outcome")), message)
    elif kind == "broken":
        record.broken = (str(event.get("outcome")), message)
    elif kind == "infrastructure":
        record.fault = message
    elif kind == "flag":
        record.flags.append({key: str(event.get(key, "")) for key in ("what", "path", "where")})


def traced_place(trace_file: Path, submission: Path) -> str:
    """Returns the line of the submission that a child was at, from the trace that it left."""
    try:
        with open(trace_file, encoding="utf-8", errors="replace") as file:
            trace = file.read(65536)
    except OSError:
        return ""
    for name, line in re.findall(r'File "([^"\n]+)", line (\d+)', trace):
        if Path(name).is_relative_to(submission / "stages"):
            return f"{Path(name).relative_to(submission).as_posix()}, line {line}"
    return ""
