"""Namespaces: a worker with its own file tree, network, processes and host name, for kernels without Landlock.

The new root is a small file system in memory that holds the interpreter's folders and the submission, read-only, a few
devices, and a scratch folder of limited size. Root needs nothing else; an ordinary user first needs a user
namespace, which some systems forbid.

Only children enter a new process namespace. So the process that the nursery forked stays outside and only ends as the
worker ends; its child is the first process of the namespace and waits for the worker, which is its child. When any of
them dies, so do those below it. The first process cannot be the worker itself: the kernel shields it from its own
signals, so that `abort()` would look like something else.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import select
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

from autograder.sandbox import interpreter_files, kernel, privileges

_NEW = {"mount": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "user": 0x10000000, "pid": 0x20000000}
_NEW["network"] = 0x40000000
_READ_ONLY, _NO_SET_USER, _NO_DEVICES, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_DETACH = 2
_AT_RECURSIVE = 0x8000
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_MOST_FILES = 4096  # of the scratch folder


def unshare() -> bool:
    """Moves this process into its own namespaces, all except that of processes, which its children enter.

    Returns:
        Whether a user namespace was needed.

    Raises:
        SandboxError: that is forbidden here.
    """
    plain = sum(flag for name, flag in _NEW.items() if name != "user")
    if os.geteuid() == 0 and privileges.capabilities() >> privileges.SYS_ADMIN & 1 and not kernel.libc().unshare(plain):
        return False
    _unshare_with_user(plain)
    return True


def _unshare_with_user(others: int) -> None:
    """Moves this process into a user namespace, in which it keeps its numbers, and into others that belong to it."""
    user, group = os.geteuid(), os.getegid()
    try:
        kernel.check(kernel.libc().unshare(others | _NEW["user"]))
    except OSError as error:
        raise kernel.SandboxError(f"User namespaces are forbidden here (unshare: {error.strerror}).") from error
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path("/proc/self", name).write_text(text, encoding="ascii")
    except OSError as error:
        raise kernel.SandboxError(
            f"A user namespace can be created here, but not set up (/proc/self/{name}: {error.strerror})."
        ) from error


def own_scratch(scratch: Path, size: int) -> tuple[bool, bool]:
    """Gives this process a scratch folder that is its own file system: deleted and mapped files there count, too.

    Root needs a mount namespace for it, an ordinary user one within a user namespace; some systems forbid either.

    Returns:
        Whether it has one, and whether it is in a user namespace now.
    """
    mounts = _NEW["mount"]
    user = False
    try:
        if os.geteuid() != 0:
            _unshare_with_user(mounts)
            user = True
        elif not privileges.capabilities() >> privileges.SYS_ADMIN & 1 or kernel.libc().unshare(mounts):
            return False, False
        _mount(None, "/", None, _RECURSIVE | _PRIVATE)
        _mount_scratch(str(scratch), size)
    except (OSError, kernel.SandboxError):
        return False, user
    return True, user


def build_root(interpreter: interpreter_files.Interpreter, readable: Iterable[Path], scratch: Path, size: int) -> None:
    """Builds the new root and moves into it; nothing else can be reached afterwards.

    Args:
        interpreter: what it holds.
        readable: other folders and files, such as the submission.
        scratch: where its writable folder is; also where the root is built, which only this process sees.
        size: of the writable folder, in bytes.
    """
    try:
        _build_root(interpreter, [str(path) for path in readable], str(scratch), size)
    except OSError as error:
        raise kernel.SandboxError(
            f"A namespace can be created here, but no file system can be mounted in it ({error.strerror}); "
            "on some systems AppArmor forbids it."
        ) from error


def _build_root(interpreter: interpreter_files.Interpreter, readable: list[str], scratch: str, size: int) -> None:
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    above = ""
    with contextlib.suppress(OSError):
        above = os.getcwd()
    root = os.path.realpath(scratch)
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in (*interpreter.trees, *readable, *_DEVICES)}
    _mount("tmpfs", root, "tmpfs", _NO_SET_USER | _NO_DEVICES, "mode=755,size=1m,nr_inodes=1k")
    for path, source in sources.items():
        _bind(source, root + _copy_links(root, path), devices=path in _DEVICES)
        os.close(source)
    for path in interpreter.hidden:
        _cover(root + path)
    inner = root + _copy_links(root, scratch)
    os.makedirs(inner, exist_ok=True)
    _mount_scratch(inner, size)
    os.chdir(root)
    kernel.call("pivot_root", b".", b".")  # the old root now lies on top of the new one
    kernel.check(kernel.libc().umount2(b".", _DETACH))
    os.chdir("/")
    _mount(None, "/", None, _BIND | _REMOUNT | _READ_ONLY | _NO_SET_USER | _NO_DEVICES)
    with contextlib.suppress(OSError):
        os.chdir(above)


def _mount_scratch(target: str, size: int) -> None:
    _mount("tmpfs", target, "tmpfs", _NO_SET_USER | _NO_DEVICES, f"mode=700,size={size},nr_inodes={_MOST_FILES}")


def _copy_links(root: str, path: str) -> str:
    """Makes in the new root the symbolic links that a path goes through, and returns the path without them."""
    done = "/"
    for part in path.strip("/").split("/"):
        step = os.path.join(done, part)
        if os.path.islink(step):
            os.makedirs(root + done, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.symlink(os.path.realpath(step), root + step)
        done = os.path.realpath(step)
    return done


def _bind(source: int, target: str, devices: bool) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    origin = f"/proc/self/fd/{source}"
    if os.path.isdir(origin):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    _mount(origin, target, None, _BIND | _RECURSIVE)
    attributes = _READ_ONLY | _NO_SET_USER | (0 if devices else _NO_DEVICES)
    packed = struct.pack("=4Q", attributes, 0, 0, 0)
    kernel.call("mount_setattr", -100, os.fsencode(target), _AT_RECURSIVE, packed, len(packed))


def _cover(target: str) -> None:
    if os.path.isdir(target):
        _mount("tmpfs", target, "tmpfs", _READ_ONLY, "mode=0,size=4k,nr_inodes=1")
    elif os.path.exists(target):
        _mount("/dev/null", target, None, _BIND)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    kernel.check(kernel.libc().mount(*texts[:3], ctypes.c_ulong(flags), texts[3]))


def become_worker() -> None:
    """Returns in a process of the new process namespace; this process and one between stay behind to wait for it."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    receive, send = os.pipe()
    first = os.fork()
    if first:
        _stand_for(first, receive)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(receive)
    poll = select.poll()
    poll.register(send, 0)
    if poll.poll(0):  # nobody reads: the process outside died too early to take this one with it
        os._exit(1)
    worker = os.fork()
    if worker:
        _wait_for(worker, send)
    os.close(send)


def _wait_for(worker: int, send: int) -> None:
    """Acts as the first process of the namespace: waits, and tells the outside how the worker ended."""
    with contextlib.suppress(BaseException):
        _close_all_but(send)
        while True:
            pid, status = os.wait()
            if pid == worker:
                os.write(send, struct.pack("=i", status))
                break
    os._exit(0)


def _stand_for(first: int, receive: int) -> None:
    """Acts as the process that the nursery knows: ends as the worker ended."""
    status = int(signal.SIGKILL)
    with contextlib.suppress(BaseException):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _close_all_but(receive)
        data = os.read(receive, 4)
        os.waitpid(first, 0)
        if len(data) == 4:
            (status,) = struct.unpack("=i", data)
    if os.WIFSIGNALED(status):
        ending = os.WTERMSIG(status)
        with contextlib.suppress(OSError, ValueError):
            signal.signal(ending, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {ending})
        os.kill(os.getpid(), ending)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else errno.EINTR)


def _close_all_but(kept: int) -> None:
    """Closes whatever has to be closed when the worker ends: the other side waits for that."""
    os.closerange(0, kept)
    os.closerange(kept + 1, 65536)
