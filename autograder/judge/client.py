"""The judge's side of the pipe: a workbench that executes nothing itself.

`RemoteWorkbench` has the methods of `Workbench` and sends each call to the worker. It trusts no byte that comes back. A
worker that is late, gone, too large or breaks the protocol ends the stage (`EndedError`); the judge reports what it has
so far.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from autograder import rubric, sandbox
from autograder.judge.errors import EndedError
from autograder.rpc import codec
from autograder.rpc.errors import MalformedError, StudentError
from autograder.rpc.messages import ORDERS, REQUESTS, UNCHANGED, Reply

PAUSE = 0.1  # seconds between two checks of the worker's memory
CHUNK = 1 << 16  # bytes to read at once: more than most answers
START_SECONDS = 60.0  # until a worker has entered its sandbox
MAX_ALARM = 64 * 1024  # bytes
CALLS = 0.5  # the fraction of a stage's time that a single call may take
LAST_WORDS = 10.0  # seconds for a worker, after the last request, to say what its alarm has noticed
MAX_FILES = 4096
MAX_FLAGS = 40  # the kernel's reports are not among them and cannot be crowded out
OUTCOMES = ("todo", "error", "memory")


class RemoteWorkbench:
    """Asks a worker.

    Args:
        descriptors: to ask, to hear the answers, the alarm, and how the worker ended.
        pid: the worker's process.
        scratch: its folder.
        limits: what it may use.
        seconds: how much processor time the calls of a stage may take in all; one of them may take half of it.
        held: a context in which nothing interrupts this side, so that no message is left half read.
    """

    def __init__(
        self,
        descriptors: tuple[int, int, int, int],
        *,
        pid: int,
        scratch: Path,
        limits: sandbox.Limits,
        seconds: float,
        held: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ):
        self._ask, self._answer, self._alarm, self._status = descriptors
        for descriptor in descriptors:
            os.set_blocking(descriptor, False)
        self._pid, self._scratch, self._limits = pid, scratch, limits
        self._seconds, self._left, self._held = seconds, rubric.WALL * seconds, held
        self._number = 0
        self._unread = b""
        self._deadline = time.monotonic() + START_SECONDS
        self.ended: EndedError | None = None
        self._next_look = 0.0
        self._cpu = self._call_began = 0.0
        self._start = sandbox.Usage(memory=1 << 62, cpu=1e9)
        self._begin()
        self._start = sandbox.usage(pid, scratch)  # most of its memory is shared with the warm process
        self._cpu = self._call_began = self._start.cpu
        if not self._start.processes:  # this system does not tell the processor time of another process
            self._left = seconds

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in (*REQUESTS, *ORDERS):
            raise AttributeError(name)
        return lambda *args: self._ask_for(name, list(args))

    def flags(self) -> list[dict[str, str]]:
        """Asks nothing more, and returns what the worker's alarm has noticed: `what`, `path` and `where` of each."""
        data, closed = self._heard(b"")
        flags = [{"what": "closed the grader's alarm", "path": "", "where": ""}] if closed and not self.ended else []
        os.close(self._ask)
        self._ask = -1
        give_up = time.monotonic() + (0.0 if self.ended else LAST_WORDS)
        while not closed and select.select([self._alarm], [], [], max(0.0, give_up - time.monotonic()))[0]:
            data, closed = self._heard(data)
        for line in data.splitlines()[:MAX_FLAGS]:
            try:
                said = json.loads(line)
                flags.append({name: str(said[name])[:300] for name in ("what", "path", "where")})
            except (ValueError, TypeError, KeyError, RecursionError):
                flags.append({"what": "wrote to the grader's alarm", "path": "", "where": ""})
        return flags

    def close(self) -> None:
        """Closes this side's descriptors; the worker ends when it has nobody to answer."""
        for descriptor in (self._ask, self._answer, self._alarm, self._status):
            if descriptor >= 0:
                os.close(descriptor)

    # Inside ---------------------------------------------------------------------------------------------------------

    def _heard(self, data: bytes) -> tuple[bytes, bool]:
        """Adds what the alarm has said by now, and returns whether it will say nothing more."""
        with contextlib.suppress(BlockingIOError):
            while len(data) < MAX_ALARM:
                more = os.read(self._alarm, MAX_ALARM - len(data))
                if not more:
                    return data, True
                data += more
        return data, len(data) >= MAX_ALARM

    def _begin(self) -> None:
        header, _ = self._receive()
        if "fault" in header:
            self._end(EndedError("infrastructure", message=str(header["fault"])[:500]))

    def _ask_for(self, name: str, args: list[Any]) -> Any:
        with self._held():
            return self._request(name, args)

    def _request(self, name: str, args: list[Any]) -> Any:
        if self.ended is not None:
            raise self.ended
        self._number += 1
        message = codec.pack({"n": self._number, "op": name}, args=args)
        start, self._call_began = time.monotonic(), self._cpu
        self._deadline = start + min(CALLS * rubric.WALL * self._seconds, self._left)
        self._send(message)
        if name in ORDERS:
            return None
        header, values = self._receive()
        self._left -= time.monotonic() - start
        self._look()
        if header.get("n") != self._number:
            self._end(EndedError("tampered", message="An answer came that belongs to no request."))
        if "error" in values:
            raise _student_error(values["error"]) or self._end(
                EndedError("tampered", message="An answer is malformed.")
            )
        if "value" not in values:
            self._end(EndedError("tampered", message="An answer is malformed."))
        value = values["value"]
        if name == "call":
            if type(value) is not Reply:
                self._end(EndedError("tampered", message="An answer is malformed."))
            if value.inputs == UNCHANGED:
                value = replace(value, inputs=tuple(args[1]))
        return value

    def _send(self, message: bytes) -> None:
        view = memoryview(message)
        while view:
            try:
                view = view[os.write(self._ask, view) :]
            except BlockingIOError:
                self._wait(write=True)
            except OSError:
                self._gone()

    def _receive(self) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return codec.receive(self._read)
        except MalformedError as error:
            self._end(EndedError("tampered", message=f"The answer is {error}."))

    def _read(self, length: int) -> bytes:
        data = self._unread
        while len(data) < length:
            self._wait(write=False)
            try:
                more = os.read(self._answer, max(length - len(data), CHUNK))
            except BlockingIOError:
                continue
            if not more:
                self._gone()
            data += more
        self._unread = data[length:]
        return data[:length]

    def _wait(self, write: bool) -> None:
        """Waits until it can read or write, and keeps an eye on what the worker uses."""
        while True:
            pause = min(PAUSE, max(0.0, self._deadline - time.monotonic()))
            readable, writable, _ = select.select(
                [] if write else [self._answer], [self._ask] if write else [], [], pause
            )
            if readable or writable:
                return
            if time.monotonic() >= self._deadline:
                self._end(EndedError("timeout"))
            self._look()

    def _look(self) -> None:
        """Ends the stage if the worker uses more than it may. Looks at most every PAUSE seconds."""
        if time.monotonic() < self._next_look:
            return
        used, limits = sandbox.usage(self._pid, self._scratch), self._limits
        self._next_look, self._cpu = time.monotonic() + PAUSE, max(self._cpu, used.cpu)
        if self._cpu > min(self._start.cpu + self._seconds, self._call_began + CALLS * self._seconds):
            self._end(EndedError("timeout"))
        if used.memory > self._start.memory + limits.memory:
            self._end(EndedError("memory", message=f"It took more than {limits.memory >> 20} MB of memory."))
        if used.scratch_bytes > limits.scratch:
            self._end(EndedError("crashed", message=f"It wrote more than {limits.scratch >> 20} MB of files."))
        if used.scratch_files >= MAX_FILES:
            self._end(
                EndedError(
                    "crashed", message=f"It made more than {MAX_FILES} files or folders, or nested them too deeply."
                )
            )
        if used.threads > limits.threads:
            self._end(EndedError("crashed", message=f"It started more than {limits.threads} threads."))

    def _gone(self) -> NoReturn:
        """Ends the stage because the worker closed its side: it ended, or pretends to have."""
        give_up = time.monotonic() + 5
        data = b""
        while time.monotonic() < give_up and not data.endswith(b"}\n"):
            if not select.select([self._status], [], [], 0.2)[0]:
                continue
            more = os.read(self._status, 4096)
            if not more:
                break
            data += more
        try:
            status = int(json.loads(data)["status"])
        except (ValueError, KeyError, TypeError):
            self._end(EndedError("crashed", message="It closed the grader's pipe."))
        self._end(EndedError("crashed", status))

    def _end(self, ended: EndedError) -> NoReturn:
        self.ended = ended
        raise ended


def given_by(descriptor: int, **options: Any) -> RemoteWorkbench:
    """Receives a worker on the judge's socket (see `workers.Workers`) and returns its workbench."""
    with socket.socket(fileno=os.dup(descriptor)) as sock:
        data, descriptors, _, _ = socket.recv_fds(sock, 65536, 4)
        while not data.endswith(b"\n"):
            more = sock.recv(65536)
            if not more:
                raise EndedError("infrastructure", message="no worker was given")
            data += more
    given = json.loads(data)
    given |= {"scratch": Path(given["scratch"]), "limits": sandbox.Limits(**given["limits"])}
    return RemoteWorkbench(tuple(descriptors), **given, **options)  # type: ignore[arg-type]


def _student_error(said: Any) -> StudentError | None:
    """Returns the exception that a worker reports, or None if the report is malformed."""
    if type(said) is not list or len(said) != 4 or not all(type(text) is str for text in said[:3]):
        return None
    message, outcome, where, kinds = said
    if outcome not in OUTCOMES or type(kinds) is not list or not all(type(kind) is str for kind in kinds):
        return None
    return StudentError(message, outcome, where, tuple(kinds))
