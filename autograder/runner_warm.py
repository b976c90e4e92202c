"""Warm processes: each has imported torch and pytest once, and forks a fresh child for every job it is given.

The caller's side is `Pool` and `Server`; the warm side is `main`. They talk over a Unix socket, one request and one
answer at a time. A request to fork carries the two pipes of the child: one for its reports (see `runner_child`), to
which the warm process adds a last line when the child is gone, and one for what it prints. When the caller goes away,
the socket ends, and so do the warm process and every child of it.

Only where there is `fork` (Linux, macOS). `runner` does without elsewhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograder.errors import UserError

ROOT = Path(__file__).resolve().parents[1]
BASE = ("torch", "pytest", "autograder.runner_child")
COLLECTED = "autograder.grading.collected"  # imported by a warm process that forks judges
WORKERS = "autograder.grading.worker"  # imported by a warm process that forks workers of the hidden grading
START_SECONDS = 300.0  # to import torch from a slow disk
# The folder that it starts in is taken off the path first: a `re.py` in it would be imported in place of Python's own.
PATH = "import sys; sys.path[:] = [sys.argv[1], *filter(None, sys.path)]; "
BOOT = f"{PATH}from autograder import runner_warm; runner_warm.main(*sys.argv[2:])"
EVENTS = 3  # the child's file descriptor for reports
JUDGE = 4  # that of a judge, for the socket on which it is given workers


def environment() -> dict[str, str]:
    """Returns the environment of the processes that run submissions: this one's, less what would steer pytest."""
    dropped = ("PYTEST_", "PYTHONWARNINGS", "SUBMISSION", "GRADING_SEED", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
    )
    return (
        kept
        | threads
        | {
            "CUDA_VISIBLE_DEVICES": "",
            "MPLBACKEND": "Agg",
            "PYTHONIOENCODING": "utf-8:backslashreplace",
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        }
    )


def shared_memory() -> dict[str, str]:
    """Returns settings under which a fork of a large process, and large tensors in it, cost half as much (glibc)."""
    tunables = ("hugetlb=1", f"mmap_threshold={1 << 26}", f"trim_threshold={1 << 28}")
    named = ":".join(f"glibc.malloc.{tunable}" for tunable in tunables)
    return {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": named} if sys.platform == "linux" else {}


def keep_memory_private() -> None:
    """Closes this process's memory to others of the same user, where it is Linux: it may know what is secret."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE; inherited by forks


def bare_environment() -> dict[str, str]:
    """Returns the environment of a warm process that forks workers: nothing of this one's that could be a secret."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    made = ("OMP_", "MKL_", "OPENBLAS_NUM", "VECLIB_", "CUDA_", "MPLBACKEND", "PYTHONIOENCODING", "OBJC_")
    return {name: value for name, value in environment().items() if name in kept or name.startswith(made)}


class Lost(Exception):
    """A process of the grader's own went away."""


# The caller's side --------------------------------------------------------------------------------------------------


class Server:
    """A warm process and the socket to it. It starts at the first request, or at `start`.

    Args:
        imports: what it imports beyond its parent.
        parent: forks it; the process of its own that has no parent imports `BASE`.
        workers: whether it forks workers, with a bare environment and without `BASE`.
    """

    def __init__(self, imports: Sequence[str] = (), parent: Server | None = None, workers: bool = False):
        self._imports = imports
        self._workers = workers
        self._parent = parent
        self._process: subprocess.Popen | None = None
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
            end: gets a last line that says how the child ended.
            descriptors: the child's own, in the order of `_become_child`.
        """
        return self._ask({"job": job}, [end, *descriptors])["pid"]

    def kill(self, pid: int) -> None:
        """Kills a child and everything it started."""
        with contextlib.suppress(Lost):
            self._ask({"kill": pid}, [])

    def ask_where(self, pid: int) -> bool:
        """Has a worker note which line it is at. Returns whether there is such a worker."""
        with contextlib.suppress(Lost):
            return self._ask({"ask_where": pid}, [])["running"]
        return False

    def imported(self, names: Sequence[str]) -> list[str]:
        """Returns which of these modules the warm process has imported."""
        return self._ask({"imported": list(names)}, [])["imported"]

    @property
    def usable(self) -> bool:
        """Whether it can be asked; after any failure it cannot."""
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
        if self._socket is None:
            self._socket, theirs = socket.socketpair()
            self._socket.settimeout(START_SECONDS)
            with theirs:
                if self._parent is not None:
                    self._parent._ask({"branch": list(self._imports)}, [theirs.fileno()])
                else:
                    self._process = _start(theirs.fileno(), self._workers, self._imports)
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
            except BaseException as error:  # Ctrl-C, too: an answer may be on its way that nobody waits for
                self._failed = True
                if self._socket is not None:
                    self._socket.close()
                if isinstance(error, OSError):
                    raise Lost(f"the warm process is gone ({error})") from error
                raise


class Pool:
    """The warm processes of this process: the base one and a branch for each set of further imports."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._servers: dict[tuple[str, ...], Server] = {}

    def server(self, imports: tuple[str, ...] = ()) -> Server:
        """Returns the warm process with these imports beyond torch and pytest; it may not have started yet."""
        with self._lock:
            for wanted in ((), imports):
                server = self._servers.get(wanted)
                if server is None or not server.usable:
                    if server is not None:
                        server.close()
                    self._servers[wanted] = Server(wanted, self._servers[()] if wanted else None)
            return self._servers[imports]

    def workers(self) -> Server:
        """Returns the warm process that forks workers."""
        with self._lock:
            server = self._servers.get((WORKERS,))
            if server is None or not server.usable:
                if server is not None:
                    server.close()
                self._servers[(WORKERS,)] = server = Server((WORKERS,), workers=True)
            return server

    def close(self) -> None:
        """Ends them all; the next request starts them again."""
        with self._lock:
            for server in self._servers.values():
                server.close()
            self._servers.clear()


def _start(descriptor: int, workers: bool, imports: Sequence[str]) -> subprocess.Popen:
    return subprocess.Popen(
        # -s: nothing of the user's own is imported in place of a library
        [sys.executable, *(["-s"] if workers else []), "-c", BOOT, str(ROOT), str(descriptor), *imports],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[descriptor],
        env=(bare_environment() if workers else environment()) | shared_memory(),
        cwd=tempfile.gettempdir(),
        start_new_session=True,  # Ctrl-C is for the caller, which ends this one
    )


def _answer(sock: socket.socket) -> dict[str, Any]:
    line = _line(sock, b"")
    if not line:
        raise ConnectionError("it ended")
    answer = json.loads(line)
    if "failed" in answer:
        raise UserError(f"The tests cannot run here: {answer['failed']}. Install what pyproject.toml lists.")
    return answer


def _line(sock: socket.socket, data: bytes) -> bytes:
    while not data.endswith(b"\n"):
        more = sock.recv(65536)
        if not more:
            return b""
        data += more
    return data


# The warm side ------------------------------------------------------------------------------------------------------


def main(descriptor: str, *imports: str) -> None:
    """Imports what every stage needs, then serves; with `imports`, these in place of `BASE`."""
    sys.path[:] = [path for path in sys.path if path]  # "" would be the folder of whoever is being tested
    _serve(socket.socket(fileno=int(descriptor)), imports or BASE)


def _serve(sock: socket.socket, imports: Sequence[str]) -> None:
    try:
        for name in imports:
            importlib.import_module(name)
        if WORKERS in imports:
            sys.modules[WORKERS].prepare()
        else:
            _import_plugins()
        if COLLECTED in imports:
            keep_memory_private()
            sys.modules[COLLECTED].collect(lambda: _loop(sock))
        else:
            _loop(sock)
    except BaseException as error:
        sock.sendall(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
    os._exit(1)


def _loop(sock: socket.socket) -> NoReturn:
    gc.collect()
    gc.freeze()  # what is here stays shared with the children
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    children: dict[int, int] = {}
    try:
        sock.sendall(b'{"ready": true}\n')
        while True:
            readable, _, _ = select.select([sock, wake], [], [])
            if wake in readable:
                wake.recv(4096)
                _reap(children)
            if sock in readable:
                data, descriptors, _, _ = socket.recv_fds(sock, 65536, 8)
                line = data and _line(sock, data)
                if not line:
                    break
                answer = _obey(json.loads(line), descriptors, children, (sock, wake, woken))
                sock.sendall(json.dumps(answer).encode() + b"\n")
    finally:
        for pid in children:
            _kill(pid)
        os._exit(0)


def _obey(
    request: dict[str, Any], descriptors: list[int], children: dict[int, int], own: Sequence[socket.socket]
) -> Any:
    if "imported" in request:
        return {"imported": [name for name in request["imported"] if name in sys.modules]}
    if "pid" in request:
        return {"pid": os.getpid()}
    if "ask_where" in request:
        running = request["ask_where"] in children
        if running:
            with contextlib.suppress(OSError):
                sys.modules[WORKERS].ask_where(request["ask_where"])
        return {"running": running}
    if "kill" in request:
        if request["kill"] in children:
            _kill(request["kill"])
        return {}
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if "branch" in request:
            for sock in own:
                sock.close()
            for events in children.values():
                os.close(events)
            _serve(socket.socket(fileno=descriptors[0]), request["branch"])
        _become_child(request["job"], *descriptors)
    if "branch" in request:
        os.close(descriptors[0])
    else:
        children[pid] = descriptors.pop(0)
        for descriptor in descriptors:
            os.close(descriptor)
    return {"pid": pid}


def _become_child(job: dict[str, Any], end: int, output: int, *descriptors: int) -> None:
    """Makes this process a child: one that runs tests (events go to `end`), or a worker, which has no hold of `end`.

    Its `output` becomes 1 and 2; then come, from 3 on, a child's events and a judge's socket, or those of `worker.py`.
    """
    import fcntl  # not on Windows, which has no fork either

    try:
        os.setsid()
        wanted = [*descriptors] if "worker" in job else [end, *descriptors]
        high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 64) for descriptor in (output, output, *wanted)]
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, target in zip(high, (1, 2, *range(EVENTS, EVENTS + len(wanted))), strict=True):
            os.dup2(descriptor, target, inheritable=target < EVENTS)
        os.closerange(EVENTS + len(wanted), 4096)  # the sockets, and the pipes of the children beside this one
        if "worker" in job:
            sys.modules[WORKERS].run(job["worker"])
        from autograder import runner_child

        runner_child.run_job(job, EVENTS)
        sys.stdout.flush()
    except BaseException as error:
        if "worker" not in job:
            message = json.dumps({"event": "infrastructure", "message": f"{type(error).__name__}: {error}"})
            os.write(EVENTS, message.encode() + b"\n")
    finally:
        os._exit(0)


def _reap(children: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in children:
            _kill(pid)  # what it may have left behind
            events = children.pop(pid)
            with contextlib.suppress(OSError):
                os.write(
                    events,
                    b"\n" + json.dumps({"event": "exit", "status": os.waitstatus_to_exitcode(status)}).encode() + b"\n",
                )
            os.close(events)
        if WORKERS in sys.modules:
            sys.modules[WORKERS].sweep(children)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)


def _import_plugins() -> None:
    """Imports pytest's own plugins, which every child would import otherwise."""
    with contextlib.suppress(ImportError, AttributeError):
        from _pytest.config import default_plugins

        for name in default_plugins:
            importlib.import_module(f"_pytest.{name}")
