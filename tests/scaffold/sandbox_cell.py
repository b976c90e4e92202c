"""The warm process behind test_sandbox.py: for each request it forks a worker, which enters the sandbox and acts once.

A request is a line of JSON: the level, the policy, the act and its arguments, as whom to act, and which calls are
forbidden beforehand, as on a machine that lacks them. The answer says what the act returned or which error it met, and
how the worker ended. The acts are the functions below `ACTS`; they aim at nothing but what their test made.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder import sandbox
from autograder.sandbox import kernel, seccomp

ORDINARY = 65534
PATIENCE = 60.0
CALLS = {"unshare": (272, 97), "landlock": (444, 444), "mount": (165, 40), "seccomp": (317, 277)}
ACTS: dict[str, Callable[..., Any]] = {}


def act(function: Callable[..., Any]) -> Callable[..., Any]:
    """Makes a function one that a request can name."""
    ACTS[function.__name__] = function
    return function


# The warm process ---------------------------------------------------------------------------------------------------


def serve() -> None:
    """Imports what a worker needs, then answers requests until there are no more."""
    for name in ("kornia.augmentation", "matplotlib.pyplot", "torch", "torchvision"):
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
    sandbox.prepare()
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _run(request: dict[str, Any]) -> dict[str, Any]:
    receive, send = os.pipe()
    reports = sandbox.Reports()
    pid = os.fork()
    if pid == 0:
        os.close(receive)
        os.close(reports._ours.fileno())
        request["reports"] = reports.theirs
        answer = _outcome(lambda: _serve_one(request, send))
        os.write(send, json.dumps(answer).encode())
        os._exit(0)
    os.close(send)
    reports.sent()
    answer: dict[str, Any] = {}
    data, deadline = b"", time.monotonic() + PATIENCE
    while select.select([receive], [], [], max(0.0, deadline - time.monotonic()))[0]:
        more = os.read(receive, 65536)
        data += more
        if not more:
            break
        if data == b"waiting\n":  # the act wants to be looked at, or killed
            data = b""
            answer["usage"] = vars(sandbox.usage(pid, Path(request["policy"]["scratch"])))
            if request.get("kill", True):
                os.kill(pid, signal.SIGKILL)
    else:
        os.kill(pid, signal.SIGKILL)
        answer["late"] = True
    os.close(receive)
    answer["status"] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return answer | {"told": reports.end()} | (json.loads(data) if data else {})


def _outcome(action: Callable[[], Any]) -> dict[str, Any]:
    try:
        return {"value": action()}
    except BaseException as error:
        return {"error": type(error).__name__, "text": str(error), "errno": getattr(error, "errno", None)}


def _serve_one(request: dict[str, Any], send: int) -> Any:
    _become(request.get("user"), request.get("forbidden", []), request.get("elsewhere", False))
    if request.get("public"):
        _let_all_reach(sys.base_prefix)
        _let_all_reach(sys.prefix)
        sandbox.prepare()
    if request.get("deaf"):
        seccomp._NEW_LISTENER = 1 << 30  # a flag that no kernel has, as this one was before 5.0
    if request["act"] == "probe":
        return [vars(rung) for rung in sandbox.probe()]
    if request["act"] == "warn":
        return sandbox.warning(*request["arguments"])
    if request["act"] == "require":
        return vars(sandbox.best(*request["arguments"]))
    if request["level"] == "outside":
        return ACTS[request["act"]](*request["arguments"])
    if request["act"] == "hide_and_remove":
        return _hide_and_remove(*request["arguments"])
    if request["act"] == "lose_the_parent":
        return _lose_the_parent(request, send)
    for leftover in request.get("leftovers", []):
        LEFTOVERS[leftover]()
    policy = replace(_policy(request["policy"]), reports=request["reports"], core=request.get("core"))
    sandbox.enter(request["level"], policy)
    if request["act"] == "wait":
        return _wait(send, *request["arguments"])
    if request["act"] == "several":
        return [_outcome(lambda act=act: ACTS[act[0]](*act[1:])) for act in request["arguments"]]
    return ACTS[request["act"]](*request["arguments"])


def _policy(fields: dict[str, Any]) -> sandbox.Policy:
    return sandbox.Policy(
        Path(fields["submission"]), Path(fields["scratch"]), sandbox.Limits(**fields.get("limits", {}))
    )


def _wait(send: int, threads: int, files: dict[str, int], held: Sequence[Any] = ()) -> None:
    if held:
        hold_deleted_files(*held)
    for _ in range(threads):
        threading.Thread(target=time.sleep, args=(PATIENCE,), daemon=True).start()
    for name, size in files.items():
        Path(name).write_bytes(bytes(size))
    os.write(send, b"waiting\n")
    time.sleep(PATIENCE)


def _lose_the_parent(request: dict[str, Any], send: int) -> None:
    ready, tell = os.pipe()
    if os.fork():
        os.read(ready, 1)
        os._exit(0)  # without a word: whatever still holds `send` keeps the other side waiting
    sandbox.enter(request["level"], replace(_policy(request["policy"]), reports=request["reports"]))
    os.write(tell, b".")
    time.sleep(PATIENCE)


def _hide_and_remove(path: str) -> dict[str, Any]:
    """Hides a file from the monitor in two ways, has it look, and removes everything; the worker is not needed."""
    found = {}
    for name, depth in (("lists nothing", 1), ("lies deep", 40)):
        os.mkdir(path)
        os.chdir(path)
        for _ in range(depth):
            os.mkdir("x" * 200)
            os.chdir("x" * 200)
            Path("file").write_bytes(bytes(1 << 20 if depth == 1 else 0))
            os.chmod(".", 0o300)
        found[name] = vars(sandbox.usage(os.getpid(), Path(path)))
        os.chdir("/")
        sandbox.remove(Path(path))
    return found


LEFTOVERS: dict[str, Callable[[], object]] = {
    "folder": lambda: os.open("/", os.O_RDONLY),
    "socket": lambda: socket.socket().detach(),
    "thread": lambda: threading.Thread(target=time.sleep, args=(PATIENCE,), daemon=True).start(),
}


def _become(user: str | None, forbidden: list[str], elsewhere: bool) -> None:
    if user == "ordinary":
        _let_all_reach(sys.base_prefix)
        _let_all_reach(sys.prefix)
        os.setgroups([])
        os.setresgid(ORDINARY, ORDINARY, ORDINARY)
        os.setresuid(ORDINARY, ORDINARY, ORDINARY)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # as it is for a process that an ordinary user started
    if elsewhere:
        kernel.architecture = lambda: None
    if forbidden:
        _forbid([CALLS[name] for name in forbidden])


def _let_all_reach(path: str) -> None:
    """Stands in for an interpreter in a public place: replaces the folders above that only root may enter, in a mount
    namespace of this process's own."""
    libc = kernel.libc()
    for folder in reversed(Path(os.path.realpath(path)).parents):
        if os.stat(folder).st_mode & 1:
            continue
        child = Path(os.path.realpath(path)).relative_to(folder).parts[0]
        kernel.check(libc.unshare(0x00020000))
        kernel.check(libc.mount(None, b"/", None, ctypes.c_ulong(1 << 18 | 16384), None))
        source = os.open(folder / child, os.O_PATH)
        kernel.check(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", ctypes.c_ulong(0), b"mode=755"))
        (folder / child).mkdir()
        origin = f"/proc/self/fd/{source}".encode()
        kernel.check(libc.mount(origin, os.fsencode(folder / child), None, ctypes.c_ulong(4096 | 16384), None))
        os.close(source)


def _forbid(calls: list[tuple[int, int]]) -> None:
    """Refuses system calls with EPERM in this process, as a container's filter does."""
    column = kernel.architecture()
    code = struct.pack("=HBBI", 0x20, 0, 0, 0)
    for call in calls:
        code += struct.pack("=HBBI", 0x15, 0, 1, call[column]) + struct.pack("=HBBI", 0x06, 0, 0, 0x50000 | errno.EPERM)
    code += struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.call("seccomp", 1, 0, ctypes.byref(Program(len(code) // 8, code)))


# Acts ---------------------------------------------------------------------------------------------------------------


@act
def learn(scratch: str) -> dict[str, Any]:
    """Is honest: a step of training, an augmentation, a figure, threads, files of its own."""
    import kornia.augmentation
    import matplotlib.pyplot as plt
    import torch
    import torchvision

    os.chdir(scratch)
    model = torchvision.models.resnet18(num_classes=10)
    optimizer = torch.optim.Adam(model.parameters())
    loss = torch.nn.functional.cross_entropy(model(torch.rand(4, 3, 32, 32)), torch.arange(4))
    loss.backward()
    optimizer.step()
    jitter = kornia.augmentation.ColorJitter(0.8, 0.8, 0.8, 0.2, p=1.0)
    assert jitter(torch.rand(2, 3, 8, 8)).shape == (2, 3, 8, 8)
    figure, axes = plt.subplots()
    axes.set_title("Verlust $\\ell$ nach Schritten")
    figure.savefig("figure.png")
    shutil.copy2("figure.png", "copy.png")
    Path("folder").mkdir()
    Path("folder", "note").write_text("note", encoding="utf-8")
    shutil.rmtree("folder")
    threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    import sqlite3  # a library that nothing has loaded yet

    assert sqlite3.sqlite_version
    assert ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 7)() == 7
    assert len(os.urandom(4)) == 4
    assert sorted(os.listdir(".")) == ["copy.png", "figure.png"]
    return {"loss": loss.item(), "kernels": kernels()}


@act
def kernels() -> str:
    """Returns which instructions torch's kernels use."""
    import torch

    return torch.backends.cpu.get_cpu_capability()


@act
def read(path: str) -> str:
    return Path(path).read_bytes()[:64].decode(errors="replace")


@act
def names(path: str) -> list[str]:
    return sorted(os.listdir(path))


@act
def load(name: str) -> str:
    return str(__import__(name))


@act
def write(path: str, size: int = 1) -> None:
    Path(path).write_bytes(bytes(size))


@act
def truncate(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))


@act
def remove(path: str) -> None:
    os.remove(path)


@act
def rename(path: str, other: str) -> None:
    os.rename(path, other)


@act
def make(kind: str, path: str, target: str) -> None:
    {
        "folder": lambda: os.mkdir(path),
        "symlink": lambda: os.symlink(target, path),
        "link": lambda: os.link(target, path),
        "fifo": lambda: os.mkfifo(path),
        "device": lambda: os.mknod(path, 0o20600, os.makedev(1, 3)),
    }[kind]()


@act
def disguise(path: str) -> None:
    """Changes mode, owner and times."""
    os.chmod(path, 0o777)
    os.chown(path, 12345, 12345)
    os.utime(path, (1, 1))


@act
def connect(kind: str, address: Any) -> None:
    family = socket.AF_INET if kind in ("tcp", "udp") else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect(tuple(address) if isinstance(address, list) else address)
        client.send(b"here I am")


@act
def start(how: str) -> None:
    if how == "fork":
        if os.fork() == 0:
            os._exit(0)
    elif how == "exec":
        os.execv(sys.executable, [sys.executable, "-c", "pass"])
    elif how == "posix_spawn":
        os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], {})
    else:
        subprocess.run([sys.executable, "-c", "pass"], check=True)


@act
def send_signal(pid: int, number: int) -> None:
    os.kill(pid, number)


@act
def knock(times: int) -> None:
    """Asks for a socket so often that nobody would answer each time."""
    for _ in range(times):
        with contextlib.suppress(OSError):
            kernel.call("socket", int(socket.AF_INET), int(socket.SOCK_DGRAM), 0)


@act
def own_signal(file: str) -> None:
    """Has the kernel send a signal when a pipe is ready: fcntl's F_SETOWN."""
    import fcntl

    receive, _ = os.pipe()
    fcntl.fcntl(receive, 8, int(file))


@act
def library(name: str, *arguments: Any) -> int:
    """Calls a function of the C library. Raises OSError."""
    converted = [ctypes.c_long(value) if isinstance(value, int) else os.fsencode(value) for value in arguments]
    return kernel.check(getattr(kernel.libc(), name)(*converted))


@act
def call_as_32_bits() -> int:
    """Calls getpid through the gate of 32-bit programs, whose numbers mean other calls."""
    import mmap

    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20; int 0x80; ret
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


@act
def reach_around(path: str) -> str:
    """Reads a file by way of handles that may be had without reading."""
    folder = os.open(os.path.dirname(path), os.O_PATH)
    with contextlib.suppress(OSError):
        os.fchdir(folder)
    file = os.open(os.path.basename(path), os.O_PATH, dir_fd=folder)
    for way in (os.path.basename(path), f"/proc/self/fd/{file}", f"/dev/fd/{file}"):
        with contextlib.suppress(OSError):
            return Path(way).read_text()
    return os.read(os.open(os.path.basename(path), os.O_RDONLY, dir_fd=folder), 64).decode()


@act
def fill_memory(size: int, how: str) -> None:
    import mmap

    import torch

    kept = {"bytes": bytearray, "torch": lambda n: torch.ones(n // 4), "shared": lambda n: mmap.mmap(-1, n)}[how](size)
    del kept


@act
def open_many(count: int) -> None:
    kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(count)]
    del kept


@act
def count_threads(most: int) -> int:
    """Starts threads until that is refused, and returns how many there were."""
    stop = threading.Event()
    threading.stack_size(1 << 16)
    started = 0
    try:
        for _ in range(most):
            threading.Thread(target=stop.wait, daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    stop.set()
    return started


@act
def hold_deleted_files(folder: str, sizes: list[int], how: str) -> None:
    """Fills files, and deletes them while they are open or mapped."""
    import mmap

    for number, size in enumerate(sizes):
        path = Path(folder, str(number))
        file = os.open(path, os.O_CREAT | os.O_RDWR)
        os.write(file, bytes(size))
        if how == "mapped":
            KEPT.append(mmap.mmap(file, 4096))
            os.close(file)
        else:
            KEPT.append(file)
        os.unlink(path)


KEPT: list[Any] = []


@act
def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


@act
def lock(path: str) -> list[int]:
    """Locks a file that may only be read in the two ways there are, then asks who else has."""
    import fcntl

    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1)
        time.sleep(0.1)
        asked = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
    return list(struct.unpack("hhqqi", asked))


@act
def burn() -> None:
    while True:
        pass


@act
def end(how: str) -> None:
    {
        "exit": lambda: os._exit(7),
        "abort": os.abort,
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    }[how]()


if __name__ == "__main__":
    serve()
