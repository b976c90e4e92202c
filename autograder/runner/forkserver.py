"""Fork servers: warm processes that have imported torch and pytest once, and fork a fresh child for every job.

This is the caller's side, `Pool` and `Server`; the forked side is `forkserver_main`. They talk over a Unix socket, one
request and one answer at a time. A request to fork carries the two pipes of the child: one for its reports (see
`child`), to which the warm process adds a last line when the child is gone, and one for what it prints. When the caller
dies, the socket closes, and the warm process and all its children end.

Only where there is `fork` (Linux, macOS); `run` does without it elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from typing import Any

from autograder.errors import UserError
from autograder.runner.environment import (
    BASE,
    COLLECTED,
    DRIVER,
    PATH,
    ROOT,
    STUBS,
    TORCH,
    WORKERS,
    bare_environment,
    environment,
    shared_memory,
)
from autograder.runner.errors import LostError
from autograder.runner.forkserver_main import receive_line

START_SECONDS = 300.0  # to import torch from a slow disk
JUDGES = (*BASE, DRIVER, COLLECTED)
BOOT = f"{PATH}from autograder.runner import forkserver_main as server; server.main(*sys.argv[2:])"


class Server:
    """A warm process and the socket to it. It starts at the first request, or when `start` is called.

    Args:
        imports: what it imports, beyond its parent if it has one.
        parent: the server that forks it; without one it is a new process.
        bare: whether a new process starts without this one's environment.

    Attributes:
        pid: its process number; 0 before it is started.
    """

    def __init__(self, imports: Sequence[str], parent: Server | None = None, bare: bool = False):
        self._imports = imports
        self._parent = parent
        self._bare = bare
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready = False
        self._failed = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Starts the process without waiting for its imports (only for its parent's, if it has one)."""
        with self._lock:
            self._connect()

    def fork(self, job: dict[str, Any], end: int, *descriptors: int) -> int:
        """Forks a child that runs the job, and returns its process number.

        Args:
            job: see `_become_child`.
            end: receives a last line that says how the child ended.
            descriptors: those for the child, in the order of `_become_child`.
        """
        return int(self._ask({"job": job}, [end, *descriptors])["pid"])

    def kill(self, pid: int) -> None:
        """Kills a child and everything it started."""
        with contextlib.suppress(LostError):
            self._ask({"kill": pid}, [])

    def ask_where(self, pid: int) -> bool:
        """Has a worker write down which line it is at. Returns whether there is such a worker."""
        with contextlib.suppress(LostError):
            return bool(self._ask({"ask_where": pid}, [])["running"])
        return False

    def imported(self, names: Sequence[str]) -> list[str]:
        """Returns which of these modules the warm process has imported."""
        return list(self._ask({"imported": list(names)}, [])["imported"])

    @property
    def usable(self) -> bool:
        """Whether it can still be used; after any failure it cannot."""
        return not self._failed

    def close(self) -> None:
        """Ends the process and its children."""
        self._failed = True
        if self._socket is not None:
            self._socket.close()
        if self._process is None:
            return
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:  # still importing
            self._process.kill()
            self._process.wait()

    def _connect(self) -> socket.socket:
        if self._failed:
            raise LostError("the warm process was closed")
        if self._socket is None:
            self._socket, theirs = socket.socketpair()
            self._socket.settimeout(START_SECONDS)
            with theirs:
                if self._parent is not None:
                    self.pid = self._parent._ask({"branch": list(self._imports)}, [theirs.fileno()])["pid"]
                else:
                    self._process = _start(theirs.fileno(), self._bare, self._imports)
                    self.pid = self._process.pid
        return self._socket

    def _ask(self, request: dict[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
        with self._lock:
            try:
                sock = self._connect()
                if not self._ready:
                    _answer(sock)
                    self._ready = True
                socket.send_fds(sock, [json.dumps(request).encode() + b"\n"], list(descriptors))
                return _answer(sock)
            except BaseException as error:  # Ctrl-C, too: then an answer may still be on its way
                self._failed = True
                if self._socket is not None:
                    self._socket.close()
                if isinstance(error, OSError):
                    raise LostError(f"the warm process is gone ({error})") from error
                raise


class Pool:
    """The warm processes of this process, each started at its first use.

    Two of them are started as new processes. One has this one's environment, and a branch of it for each set of
    additional imports runs tests and submission together. The other knows only torch; its branches are the process
    that forks judges and the one that forks workers, so that torch is imported once for both.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._servers: dict[tuple[str, ...], Server] = {}

    def server(self, imports: tuple[str, ...] = ()) -> Server:
        """Returns the warm process with these imports beyond `BASE`; it may not have started yet."""
        with self._lock:
            base = self._usable(BASE, lambda: Server((*BASE, *STUBS)))
            return self._usable((*BASE, *imports), lambda: Server(imports, base)) if imports else base

    def judges(self) -> Server:
        """Returns the warm process that forks judges."""
        return self._isolated(JUDGES)

    def workers(self) -> Server:
        """Returns the warm process that forks workers."""
        return self._isolated((WORKERS,))

    def _isolated(self, imports: tuple[str, ...]) -> Server:
        with self._lock:
            torch = self._usable(TORCH, lambda: Server(TORCH, bare=True))
            return self._usable(imports, lambda: Server(imports, torch))

    def _usable(self, key: tuple[str, ...], make: Callable[[], Server]) -> Server:
        server = self._servers.get(key)
        if server is None or not server.usable:
            if server is not None:
                server.close()
            server = self._servers[key] = make()
        return server

    def close(self) -> None:
        """Ends them all; the next request starts them again."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()


def _start(descriptor: int, bare: bool, imports: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -s: no module of the user's is imported instead of a library
        [sys.executable, *(["-s"] if bare else []), "-c", BOOT, str(ROOT), str(descriptor), *imports],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[descriptor],
        env=(bare_environment() if bare else environment()) | shared_memory(),
        cwd=tempfile.gettempdir(),
        start_new_session=True,  # Ctrl-C is for the caller, which ends this one
    )


def _answer(sock: socket.socket) -> dict[str, Any]:
    line = receive_line(sock, b"")
    if not line:
        raise ConnectionError("it ended")
    answer: dict[str, Any] = json.loads(line)
    if "failed" in answer:
        raise UserError(f"The tests cannot run here: {answer['failed']}. Install what pyproject.toml lists.")
    return answer
