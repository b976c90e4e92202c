"""The forked side of `forkserver`: a process that imports what children need, and forks them on request."""

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
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograder.runner.environment import COLLECTED, EVENTS, WORKERS, keep_memory_private

IDLE = 0.05  # seconds without a request, after which there is time to tidy up
LARGE_PAGE = 2 << 20  # bytes
MADV_COLLAPSE = 25  # Linux 6.1


def main(descriptor: str, *imports: str) -> None:
    """Imports these modules, then serves."""
    gc.disable()  # collecting garbage during imports takes a tenth of the time and finds next to none
    sys.path[:] = [path for path in sys.path if path]  # "" would be the folder of whoever is being tested
    _serve(socket.socket(fileno=int(descriptor)), imports)


def _serve(sock: socket.socket, imports: Sequence[str]) -> None:
    try:
        for name in imports:
            importlib.import_module(name)
        if WORKERS in imports:
            sys.modules[WORKERS].prepare()
        if "pytest" in imports:
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
    gc.freeze()  # what is here stays shared with the children
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    children: dict[int, int] = {}
    try:
        sock.sendall(b'{"ready": true}\n')
        pause: float | None = IDLE
        while True:
            readable, _, _ = select.select([sock, wake], [], [], pause)
            if not readable:
                _use_large_pages()
                pause = None
            if wake in readable:
                wake.recv(4096)
                _reap(children)
            if sock in readable:
                data, descriptors, _, _ = socket.recv_fds(sock, 65536, 8)
                line = data and receive_line(sock, data)
                if not line:
                    break
                answer = _obey(json.loads(line), descriptors, children, (sock, wake, woken))
                sock.sendall(json.dumps(answer).encode() + b"\n")
    finally:
        for pid in children:
            _kill(pid)
        os._exit(0)


def _use_large_pages() -> None:
    """Has Linux move this process's heap to large pages, of which a fork copies few: forks and exits cost 40 % less."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        madvise = ctypes.CDLL(None).madvise
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            if line.endswith("[heap]"):
                start, end = (int(number, 16) for number in line.split()[0].split("-"))
                start, end = -(-start // LARGE_PAGE) * LARGE_PAGE, end // LARGE_PAGE * LARGE_PAGE
                madvise(ctypes.c_void_p(start), ctypes.c_size_t(max(0, end - start)), MADV_COLLAPSE)


def _obey(
    request: dict[str, Any], descriptors: list[int], children: dict[int, int], own: Sequence[socket.socket]
) -> Any:
    if "imported" in request:
        return {"imported": [name for name in request["imported"] if name in sys.modules]}
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
        gc.enable()
        _become_child(request["job"], *descriptors)
    if "branch" in request:
        os.close(descriptors[0])
    else:
        children[pid] = descriptors.pop(0)
        for descriptor in descriptors:
            os.close(descriptor)
    return {"pid": pid}


def _become_child(job: dict[str, Any], end: int, output: int, *descriptors: int) -> None:
    """Makes this process a child: one that runs tests (events go to `end`), or a worker, which does not get `end`.

    Its `output` becomes 1 and 2; from 3 on come a child's events and a judge's socket, or those of `worker/main.py`.
    """
    import fcntl  # not on Windows, which has no fork either

    try:
        os.setsid()
        wanted = [*descriptors] if "worker" in job else [end, *descriptors]
        high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 64) for descriptor in (output, output, *wanted)]
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, target in zip(high, (1, 2, *range(EVENTS, EVENTS + len(wanted))), strict=True):
            os.dup2(descriptor, target, inheritable=target < EVENTS)
        os.closerange(EVENTS + len(wanted), 4096)  # the sockets, and the pipes of the other children
        if "worker" in job:
            sys.modules[WORKERS].run(job["worker"])
        from autograder.runner import child

        child.run_job(job, EVENTS)
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


def receive_line(sock: socket.socket, data: bytes) -> bytes:
    """Returns the line that begins with `data` and continues in the socket; empty if the socket closes first."""
    while not data.endswith(b"\n"):
        more = sock.recv(65536)
        if not more:
            return b""
        data += more
    return data
