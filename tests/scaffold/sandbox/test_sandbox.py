"""The sandbox ladder: on each level that this machine has, a worker can do its work and nothing else.

Each act runs in a worker of its own, forked from the warm process in `sandbox_cell.py`; where the tests run as root,
all of it happens a second time as an ordinary user. What is attacked is what the test made: a file, a folder, a
listener, a process that sleeps.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sandbox_cell

import autograder
from autograder import sandbox
from autograder.errors import UserError
from autograder.sandbox import entry, interpreter_files, kernel, landlock, scratch, seccomp

pytestmark = pytest.mark.skipif(not kernel.LINUX, reason="the levels differ on Linux only")

MiB = 1 << 20
DENIED = {errno.EPERM, errno.EACCES, errno.ENOENT, errno.EROFS, errno.EXDEV, errno.ENOSYS}
CLOSED = ("namespaces", "landlock")  # where no file outside can be reached


class Cell:
    """Sends acts to workers.

    Args:
        process: the warm process.
        folder: holds a canary, another submission, and the worker's two folders.
        level, user: of the workers.
    """

    def __init__(self, process: subprocess.Popen, folder: Path, level: str = "limits", user: str | None = None):
        self.process, self.folder, self.level, self.user = process, folder, level, user
        self.scratch, self.canary = folder / "scratch", folder / "canary"

    def ask(self, act: str, *arguments: Any, limits: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
        """Has a fresh worker act, and returns what came of it."""
        policy = {"submission": str(self.folder / "submission"), "scratch": str(self.scratch), "limits": limits or {}}
        request = {"act": act, "arguments": arguments, "policy": policy, "level": self.level, "user": self.user} | more
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not answer.get("late"), f"{act} did not end"
        return answer

    def does(self, act: str, *arguments: Any, **more: Any) -> Any:
        answer = self.ask(act, *arguments, **more)
        assert "value" in answer, answer
        return answer["value"]

    def several(self, *acts: tuple, **more: Any) -> list[dict[str, Any]]:
        """Has one worker act several times, and returns what came of each."""
        return self.does("several", *acts, **more)

    def are_denied(self, *acts: tuple, **more: Any) -> None:
        for act, answer in zip(acts, self.several(*acts, **more), strict=True):
            assert answer.get("errno") in DENIED, (act, answer)

    @property
    def worker(self) -> int:
        """The user of the workers; -1 is one of their own."""
        if self.details["user"] == "own":
            return -1
        return sandbox_cell.ORDINARY if self.user else os.geteuid()

    @property
    def details(self) -> dict[str, Any]:
        return _rungs(self)[self.level]["details"]


@pytest.fixture(scope="module")
def warm(root: Path) -> Iterator[subprocess.Popen]:
    path = os.pathsep.join((str(Path(sandbox_cell.__file__).parent), str(root)))
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox_cell"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tempfile.gettempdir(),
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that anyone may enter, unlike pytest's."""
    top = Path(os.path.realpath(tempfile.mkdtemp(prefix="test-sandbox-")))
    top.chmod(0o755)
    for name in ("submission", "scratch", "other"):
        (top / name).mkdir()
    (top / "submission" / "stage.py").write_text("answer = 42\n", encoding="utf-8")
    (top / "other" / "stage.py").write_text("answer = 43\n", encoding="utf-8")
    (top / "canary").write_text("canary", encoding="utf-8")
    yield top
    shutil.rmtree(top)


@pytest.fixture(params=[(user, level) for user in (None, "ordinary") for level in reversed(sandbox.LEVELS)], ids=str)
def cell(request: pytest.FixtureRequest, warm: subprocess.Popen, folder: Path) -> Cell:
    """Workers on one level, as whoever runs the tests and as an ordinary user."""
    user, level = request.param
    if user == "ordinary":
        if os.geteuid() != 0:
            pytest.skip("the tests run as an ordinary user anyway")
        for name in ("submission", "scratch"):
            os.chown(folder / name, sandbox_cell.ORDINARY, sandbox_cell.ORDINARY)
    rung = _rungs(Cell(warm, folder, user=user))[level]
    if not rung["available"]:
        pytest.skip(rung["reason"])
    return Cell(warm, folder, level, user)


_probed: dict[Any, dict[str, Any]] = {}


def _rungs(cell: Cell, **more: Any) -> dict[str, Any]:
    key = (cell.user, json.dumps(more))
    if key not in _probed:
        answer = cell.ask("probe", **more)
        if cell.user and answer.get("error") == "PermissionError":
            pytest.skip("the interpreter lies where an ordinary user cannot reach it, and nothing can be mounted")
        _probed[key] = {rung["level"]: rung for rung in answer["value"]}
    return _probed[key]


# What a worker needs ------------------------------------------------------------------------------------------------


def test_an_honest_stage_works(cell: Cell):
    learned = cell.does("learn", str(cell.scratch))
    assert learned["loss"] > 0
    assert learned["kernels"] == Cell(cell.process, cell.folder, "outside").does("kernels")


def test_its_own_submission_and_the_standard_library_can_be_read(cell: Cell):
    submission = cell.folder / "submission"
    stage, names, library = cell.several(
        ("read", str(submission / "stage.py")), ("names", str(submission)), ("read", os.__file__)
    )
    assert stage == {"value": "answer = 42\n"}
    assert names == {"value": ["stage.py"]}
    assert "value" in library


def test_the_way_a_worker_ends_is_seen_from_outside(cell: Cell):
    for how, status in (("exit", 7), ("abort", -signal.SIGABRT), ("kill", -signal.SIGKILL)):
        assert cell.ask("end", how) == {"status": status, "told": []}


def test_killing_what_the_nursery_forked_kills_the_worker(cell: Cell):
    assert cell.ask("wait", 0, {})["status"] == -signal.SIGKILL  # else its pipe would stay open: see `late`


def test_a_worker_dies_with_its_parent(cell: Cell):
    assert cell.ask("lose_the_parent") == {"status": 0, "told": []}


# Files --------------------------------------------------------------------------------------------------------------


def _next_steps(folder: str, ways: list[str]) -> set[str]:
    top = os.path.realpath(folder).rstrip("/") + "/"
    return {way[len(top) :].split("/")[0] for way in ways if way.startswith(top)}


def test_nothing_outside_can_be_read(cell: Cell):
    package = os.path.dirname(autograder.__file__)
    files = [str(cell.canary), autograder.__file__, "/etc/passwd", "/proc/self/environ", f"/proc/{os.getpid()}/maps"]
    folders = [str(cell.folder), str(cell.folder / "other"), str(Path.home()), package, "/proc", "/sys", "/etc"]
    if cell.level not in CLOSED:
        assert cell.details["files"] == "open"  # it says so
        assert cell.does("read", str(cell.canary)) == "canary"
        return
    cell.are_denied(*(("read", path) for path in files), ("reach_around", str(cell.canary)))
    ways = [
        *interpreter_files.find().trees,
        str(cell.scratch),
        str(cell.folder / "submission"),
    ]  # which a new root must show
    for path, answer in zip(folders, cell.several(*(("names", path) for path in folders)), strict=True):
        assert answer.get("errno") in DENIED or set(answer["value"]) <= _next_steps(path, ways), path
    for answer in cell.several(("load", "nbgrader.apps"), ("load", "autograder.suites.protonet_oracles")):
        assert answer.get("error") in ("ModuleNotFoundError", "PermissionError"), answer


def test_nothing_outside_can_be_written(cell: Cell):
    if cell.level not in CLOSED and os.stat(cell.folder).st_uid == cell.worker:
        pytest.skip("at this level only the rights of the user keep a worker from writing")
    canary = str(cell.canary)
    if cell.level in CLOSED:  # and nothing but the sandbox forbids it
        for path in (cell.folder, cell.folder / "other", cell.folder / "submission", cell.canary):
            path.chmod(0o777)
    inside = [("write", str(cell.folder / "submission" / "stage.py"))] if cell.level in CLOSED else []
    cell.are_denied(
        ("write", canary),
        ("write", str(cell.folder / "new")),
        ("write", str(cell.folder / "other" / "new")),
        ("truncate", canary),
        ("remove", canary),
        ("rename", canary, str(cell.scratch / "canary")),
        ("make", "folder", str(cell.folder / "made"), ""),
        *inside,
    )
    assert cell.canary.read_text(encoding="utf-8") == "canary"
    assert sorted(path.name for path in cell.folder.iterdir()) == ["canary", "other", "scratch", "submission"]


def test_modes_owners_and_times_stay(cell: Cell):
    made = [cell.canary, cell.folder / "submission" / "stage.py"]
    before = [os.stat(path) for path in made]
    cell.several(*(("disguise", str(path)) for path in made))
    for old, path in zip(before, made, strict=True):
        new = os.stat(path)
        assert (new.st_mode, new.st_uid, new.st_mtime) == (old.st_mode, old.st_uid, old.st_mtime)


def test_the_scratch_folder_takes_only_files_and_folders(cell: Cell):
    thing = str(cell.scratch / "thing")
    cell.are_denied(*(("make", kind, thing, str(cell.canary)) for kind in ("symlink", "link", "fifo", "device")))
    assert cell.several(("make", "folder", thing, ""), ("names", str(cell.scratch)))[1] == {"value": ["thing"]}


# Network and processes ----------------------------------------------------------------------------------------------


def _listeners(folder: Path) -> list[tuple[str, Any, socket.socket]]:
    made = []
    for kind, family, how, address in (
        ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        ("unix", socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "listener")),
        ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0test-sandbox-{os.getpid()}"),
    ):
        listener = socket.socket(family, how)
        listener.bind(address)
        if how == socket.SOCK_STREAM:
            listener.listen()
        if kind == "unix":
            os.chmod(address, 0o777)
        listener.settimeout(0.05)
        made.append((kind, listener.getsockname() if kind in ("tcp", "udp") else address, listener))
    return made


def test_no_listener_hears_of_it(cell: Cell):
    listeners = _listeners(cell.folder)
    cell.are_denied(*(("connect", kind, address) for kind, address, _ in listeners))
    for kind, _, listener in listeners:
        with listener, pytest.raises(TimeoutError):
            listener.recvfrom(16) if kind == "udp" else listener.accept()


def test_the_listeners_hear_whoever_is_not_in_the_sandbox(folder: Path):
    for kind, address, listener in _listeners(folder):
        sandbox_cell.connect(kind, address)
        with listener:
            if kind == "udp":
                assert listener.recvfrom(16)[0] == b"here I am"
            else:
                with listener.accept()[0] as connection:
                    assert connection.recv(16) == b"here I am"


def test_no_process_can_be_started(cell: Cell):
    cell.are_denied(*(("start", how) for how in ("fork", "exec", "posix_spawn", "subprocess")))


@pytest.fixture
def sleeper(cell: Cell) -> Iterator[subprocess.Popen]:
    """A harmless stand-in for the judge and the neighbours, of the worker's own user where it has no other."""
    user = {"user": sandbox_cell.ORDINARY} if cell.user else {}
    with subprocess.Popen(["sleep", "60"], **user) as process:
        yield process
        process.kill()


def test_nobody_else_can_be_signalled_or_debugged(cell: Cell, sleeper: subprocess.Popen):
    cell.are_denied(
        *(("send_signal", pid, 0) for pid in (sleeper.pid, os.getpid(), 1, 0, -1)),
        ("send_signal", sleeper.pid, signal.SIGUSR1),
        ("own_signal", str(sleeper.pid)),
        ("library", "ptrace", 16, sleeper.pid, 0, 0),  # PTRACE_ATTACH
        ("library", "process_vm_readv", sleeper.pid, 0, 0, 0, 0, 0),
        ("library", "prlimit64", sleeper.pid, 7, 0, 0),
    )
    assert sleeper.poll() is None


def test_the_kernel_is_not_asked_for_anything_else(cell: Cell):
    calls = [
        ("unshare", 0x10000000),
        ("setns", 0, 0),
        ("chroot", "/"),
        ("mount", "tmpfs", "/", "tmpfs", 0, 0),
        ("memfd_create", "name", 0),
        ("inotify_init1", 0),
        ("shmget", 0, 4096, 0o1600),
        ("personality", 0x0040000),
        ("setresuid", 0, 0, 0),
        ("setpgid", 0, 0),
        ("setpriority", 0, 0, 19),
        ("prctl", 1, 0, 0, 0, 0),  # not to die with the parent
        ("prctl", 4, 1, 0, 0, 0),  # to be debugged
        ("socketpair", 1, 1, 0, 0),
        ("adjtimex", 0),
        ("truncate", str(cell.canary), 0),
        ("syscall", 424, 1, 0, 0, 0),  # pidfd_send_signal
        ("syscall", 425, 8, 0),  # io_uring_setup
        ("syscall", 434, 1, 0),  # pidfd_open
        ("syscall", 442, -100, 0, 0, 0, 0),  # mount_setattr
        ("syscall", 447, 0),  # memfd_secret
        ("syscall", 569),  # a call of a later kernel
    ]
    cell.are_denied(*(("library", *call) for call in calls))


@pytest.mark.skipif(kernel.architecture() != 0, reason="only x86_64 has other sets of numbers")
def test_the_other_sets_of_numbers_are_deadly(cell: Cell):
    assert cell.ask("library", "syscall", 0x40000000 | 39)["status"] == -signal.SIGSYS
    assert cell.ask("call_as_32_bits")["status"] in (-signal.SIGSYS, -signal.SIGSEGV)  # the latter: no such gate at all


# What the kernel tells ----------------------------------------------------------------------------------------------

TRIED = {
    "opened a socket": (("connect", "tcp", ["127.0.0.1", 9]), ("connect", "abstract", "\0nobody")),
    "started a process": (("start", "fork"), ("library", "vfork"), ("start", "subprocess")),
    "started a program": (("start", "exec"),),
    "sent a signal": (("send_signal", 1, 0), ("own_signal", "1"), ("library", "syscall", 424, 1, 0, 0, 0)),
    "looked into another process": (("library", "ptrace", 16, 1, 0, 0), ("library", "syscall", 438, 0, 0, 0)),
    "changed another process": (("library", "prlimit64", 1, 7, 0, 0),),
    "opened a file by its handle": (("library", "open_by_handle_at", 0, 0, 0),),
    "opened a channel to other processes": (("library", "shmget", 0, 4096, 0o1600),),
    "changed its namespaces or mounts": (("library", "unshare", 0x10000000), ("library", "mount", "a", "/", "b", 0, 0)),
    "asked for io_uring": (("library", "syscall", 425, 8, 0),),
    "asked for the kernel's keys": (("library", "syscall", 250 if kernel.architecture() == 0 else 219, 0, 0),),
    "asked for what only a system's owner may": (("library", "setresuid", 0, 0, 0),),
}


def test_there_is_an_act_for_every_kind_that_is_told():
    assert set(TRIED) == {*seccomp.TOLD, *seccomp._BY_ARGUMENT}


@pytest.mark.parametrize("kind", TRIED)
def test_the_kernel_tells_what_was_tried_and_refuses_it(cell: Cell, kind: str):
    if cell.details["reports"] != "kernel":
        pytest.skip("this kernel tells nothing (it is older than 5.0)")
    for act in TRIED[kind]:
        answer = cell.ask(*act)
        assert answer["told"] == [kind], (act, answer)
        assert answer["errno"] == errno.EPERM, (act, answer)


def test_nothing_pushes_out_or_silences_what_the_kernel_tells(cell: Cell):
    if cell.details["reports"] != "kernel":
        pytest.skip("this kernel tells nothing (it is older than 5.0)")
    knocks = [("library", "syscall", 250 if kernel.architecture() == 0 else 219, 0, 0)] * 100
    closed = ("library", "close_range", 3, 1 << 16, 0)  # its own answer is lost, too
    assert cell.ask("several", *knocks, ("start", "fork"))["told"] == [
        "asked for the kernel's keys",
        "started a process",
    ]
    assert cell.ask("several", closed, ("start", "exec"))["told"] == ["started a program"]
    assert cell.ask("several", ("knock", 1000), ("start", "fork"))["told"][:1] == ["opened a socket"]


def test_what_honest_libraries_try_is_not_told(cell: Cell):
    harmless = [
        ("library", "getpwuid", 12345),
        ("library", "sched_setaffinity", 0, 0, 0),
        ("library", "memfd_create", "name", 0),
        ("library", "setpriority", 0, 0, 19),
        ("read", str(cell.canary)),
        ("write", str(cell.canary)) if cell.level in CLOSED else ("cores",),
        ("make", "symlink", str(cell.scratch / "thing"), str(cell.canary)),
        ("count_threads", 4),
    ]
    assert cell.ask("several", ("learn", str(cell.scratch)), *harmless)["told"] == []


def test_a_kernel_that_tells_nothing_refuses_all_the_same(warm: subprocess.Popen, folder: Path):
    cell = Cell(warm, folder, "limits")
    rungs = _rungs(cell, deaf=True)
    for rung in rungs.values():
        assert rung["details"]["reports"] == "python"
        assert rung["details"]["processes"] == "closed"
    for level in rungs:
        answer = Cell(warm, folder, level).ask("start", "fork", deaf=True)
        assert (answer["errno"], answer["told"]) == (errno.EPERM, [])


# Limits -------------------------------------------------------------------------------------------------------------


def test_memory_beyond_the_limit_is_refused(cell: Cell):
    for how in ("bytes", "torch", "shared"):
        small, large = cell.several(
            ("fill_memory", 16 * MiB, how), ("fill_memory", 640 * MiB, how), limits={"memory": 64 * MiB}
        )
        assert "value" in small, (how, small)
        assert large.get("error") in ("MemoryError", "RuntimeError", "OSError"), (how, large)


def test_files_are_limited_in_size_and_number(cell: Cell):
    small, large, few, many = cell.several(
        ("write", str(cell.scratch / "small"), MiB),
        ("write", str(cell.scratch / "large"), MiB + 1),
        ("open_many", 8),
        ("open_many", 24),
        limits={"file_size": MiB, "open_files": 20},
    )
    assert "value" in small and "value" in few, (small, few)
    assert (large["errno"], many["errno"]) == (errno.EFBIG, errno.EMFILE)


def test_threads_are_limited_or_seen(cell: Cell):
    if cell.details["threads"] == "kernel":
        assert 4 <= cell.does("count_threads", 100, limits={"threads": 8}) <= 8
    else:
        assert cell.ask("wait", 5, {})["usage"]["threads"] == 6


def test_the_scratch_folder_is_limited_or_seen(cell: Cell):
    if cell.details["scratch"] == "kernel":
        assert cell.ask("write", str(cell.scratch / "large"), 3 * MiB, limits={"scratch": MiB})["errno"] == errno.ENOSPC
        assert list(cell.scratch.iterdir()) == []
    else:
        usage = cell.ask("wait", 0, {str(cell.scratch / "a"): MiB, str(cell.scratch / "b"): 1})["usage"]
        assert usage["scratch_files"] == 2
        assert usage["scratch_bytes"] >= MiB + 1


@pytest.mark.parametrize("how", ["open", "mapped"])
def test_deleted_files_count_where_they_are_held(cell: Cell, how: str):
    answer = cell.ask("hold_deleted_files", str(cell.scratch), [MiB] * 3, how, limits={"scratch": 2 * MiB})
    if cell.details["scratch"] != "kernel":
        pytest.skip("no file system can be had here for the scratch folder")
    assert answer["errno"] == errno.ENOSPC
    held = [str(cell.scratch), [MiB] * 3, how]  # and the monitor, which need not look, does not
    assert cell.ask("wait", 0, {}, held)["usage"]["scratch_bytes"] < MiB


@pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user beside others, who may be seen anyway")
@pytest.mark.parametrize("how", ["open", "mapped"])
def test_deleted_files_are_seen_where_no_file_system_can_be_had(warm: subprocess.Popen, folder: Path, how: str):
    for name in ("submission", "scratch"):
        os.chown(folder / name, sandbox_cell.ORDINARY, sandbox_cell.ORDINARY)
    cell = Cell(warm, folder, "landlock", "ordinary")
    rung = _rungs(cell, forbidden=["unshare"])["landlock"]
    if not rung["available"]:
        pytest.skip(rung["reason"])
    assert rung["details"]["scratch"] == "monitor"
    held = [str(cell.scratch), [MiB] * 3, how]
    assert cell.ask("wait", 0, {}, held, forbidden=["unshare"])["usage"]["scratch_bytes"] >= 3 * MiB


def test_a_worker_keeps_to_its_core(cell: Cell):
    for core in sorted(os.sched_getaffinity(0))[:2]:
        before, widened, after = cell.several(
            ("cores",), ("library", "sched_setaffinity", 0, 8, "\u00ff" * 8), ("cores",), core=core
        )
        assert before == after == {"value": [core]}
        assert widened["errno"] == errno.EPERM


def test_a_lock_tells_nobody_anything(cell: Cell):
    assert "value" in cell.ask("lock", os.__file__)
    with subprocess.Popen(
        [sys.executable, "-c", LOCKER, os.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as locker:
        assert locker.stdout.readline() == b"locked\n"
        assert "value" in cell.ask("lock", os.__file__)  # it does not meet the lock of another process
        locker.communicate(b"\n")


LOCKER = """
import fcntl, sys
file = open(sys.argv[1], "rb")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
input()
"""


def test_processor_time_is_limited(cell: Cell):
    if cell.user is None:
        assert cell.ask("burn", limits={"cpu_seconds": 0})["status"] in (-signal.SIGXCPU, -signal.SIGKILL)


def test_nothing_hides_in_a_scratch_folder_or_survives_its_removal(warm: subprocess.Popen, folder: Path):
    user = "ordinary" if os.geteuid() == 0 else None  # root would be shown everything
    if user:
        os.chown(folder, sandbox_cell.ORDINARY, sandbox_cell.ORDINARY)
    found = Cell(warm, folder, user=user).does("hide_and_remove", str(folder / "hidden"))
    assert found["lists nothing"]["scratch_bytes"] >= MiB
    assert found["lies deep"]["scratch_files"] == 4096
    assert not (folder / "hidden").exists()


def test_usage_of_a_process_that_is_gone_is_nothing(folder: Path):
    process = subprocess.Popen(["true"])
    process.wait()
    assert sandbox.usage(process.pid, folder / "gone") == sandbox.Usage()


def test_usage_counts_a_crowded_folder_only_so_far(folder: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(50):
        (folder / "scratch" / str(number)).touch()
    assert sandbox.usage(os.getpid(), folder / "scratch").scratch_files == 50
    monkeypatch.setattr(scratch, "MOST", 40)
    assert sandbox.usage(os.getpid(), folder / "scratch").scratch_files == 40


# The ladder ---------------------------------------------------------------------------------------------------------


def test_the_strongest_rung_comes_first_and_says_what_holds(warm: subprocess.Popen, folder: Path):
    rungs = _rungs(Cell(warm, folder))
    assert list(rungs) == ["landlock", "namespaces", "limits"]
    assert rungs["limits"]["available"]
    for rung in rungs.values():
        assert rung["available"] == (not rung["reason"])
        if rung["available"]:
            assert rung["details"]["processes"] == "closed"
            assert rung["details"]["files"] == ("closed" if rung["level"] in CLOSED else "open")


@pytest.mark.parametrize("user", [None, "ordinary"])
def test_a_rung_is_missing_only_for_what_the_kernel_lacks(warm: subprocess.Popen, folder: Path, user: str | None):
    if user and os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user anyway")
    for rung in _rungs(Cell(warm, folder, user=user)).values():
        lacks = (
            "The kernel has",
            "The kernel accepts no filter",
            "Landlock does not work",
            "User namespaces are forbidden",
        )
        assert rung["available"] or rung["reason"].startswith((*lacks, "A namespace can be made here, but", "A user"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a worker a user of its own")
def test_a_worker_of_roots_is_a_user_of_its_own(warm: subprocess.Popen, folder: Path):
    for rung in _rungs(Cell(warm, folder)).values():
        assert not rung["available"] or rung["details"]["user"] == "own"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to give up")
def test_a_worker_of_roots_has_no_capability_where_all_it_needs_is_public(warm: subprocess.Popen, folder: Path):
    for rung in _rungs(Cell(warm, folder), public=True).values():
        assert rung["details"]["capabilities"] == [], rung


def test_the_folder_of_a_run_can_be_passed_by_a_worker_but_not_listed(tmp_path: Path):
    from autograder.grading import session

    before = tempfile.gettempdir()
    with session.scratch(tmp_path):
        assert os.stat(tempfile.gettempdir()).st_mode & 0o777 == 0o711
        assert tempfile.gettempdir() != before


@pytest.mark.parametrize("user", [None, "ordinary"])
def test_root_that_may_not_mount_has_the_other_levels(warm: subprocess.Popen, folder: Path, user: str | None):
    if user and os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user anyway")
    cell = Cell(warm, folder, user=user)
    if user:
        for name in ("submission", "scratch"):
            os.chown(folder / name, sandbox_cell.ORDINARY, sandbox_cell.ORDINARY)
    usual, rungs = _rungs(cell), _rungs(cell, forbidden=["mount"])
    assert not rungs["namespaces"]["available"]
    for level in ("landlock", "limits"):
        assert rungs[level]["available"] == usual[level]["available"]
        if rungs[level]["available"]:
            assert rungs[level]["details"]["scratch"] == "monitor"
            assert cell.ask("write", str(cell.scratch / "file"), forbidden=["mount"], level=level).get("errno") is None


def test_a_level_says_what_it_leaves_open(warm: subprocess.Popen, folder: Path):
    cell = Cell(warm, folder)
    for level in CLOSED:
        if _rungs(cell)[level]["available"] and _rungs(cell)[level]["details"]["reports"] == "kernel":
            assert cell.does("warn", level) == ""
    filtered, bare = cell.does("warn", "limits"), cell.does("warn", "limits", forbidden=["seccomp"])
    assert "it can read whatever the grader's user can" in filtered
    assert "network" not in filtered
    for words in ("it can read whatever", "use the network", "start programs", "a submission can silence it"):
        assert words in bare
    assert cell.does("warn", "none") == "Without isolation a submission can do whatever the grader's user can."


@pytest.mark.parametrize("user", [None, "ordinary"])
@pytest.mark.parametrize("missing", [["unshare"], ["landlock"], ["unshare", "landlock"]], ids=" and ".join)
def test_a_missing_rung_is_named_with_its_reason(
    warm: subprocess.Popen, folder: Path, user: str | None, missing: list[str]
):
    if user and os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user anyway")
    cell = Cell(warm, folder, user=user)
    usual, rungs = _rungs(cell), _rungs(cell, forbidden=missing)
    for call, level, word in (("unshare", "namespaces", "namespaces"), ("landlock", "landlock", "Landlock")):
        if call in missing:
            assert not rungs[level]["available"]
            assert word in rungs[level]["reason"]
        else:
            assert rungs[level]["available"] == usual[level]["available"]
    best = next(rung for rung in rungs.values() if rung["available"])
    assert cell.does("require", None, forbidden=missing) == best
    if best["level"] != "landlock":
        refused = cell.ask("require", "landlock", forbidden=missing)
        assert refused["error"] == "UserError"
        assert f"'landlock' was required, and the best here is '{best['level']}'" in refused["text"]


def test_an_unknown_level_is_an_error_of_the_users():
    with pytest.raises(UserError, match="choose one of landlock, namespaces, limits"):
        sandbox.best("docker")


@pytest.mark.parametrize("leftover", ["folder", "socket", "thread"])
def test_a_worker_is_refused_with_a_way_out_in_its_hands(warm: subprocess.Popen, folder: Path, leftover: str):
    for level in sandbox.LEVELS:
        answer = Cell(warm, folder, level).ask("read", str(folder / "canary"), leftovers=[leftover])
        assert answer.get("error") == "SandboxError", answer
        assert leftover in answer["text"]


def test_a_level_is_given_exactly_or_not_at_all(warm: subprocess.Popen, folder: Path):
    for level, missing, text in (
        ("landlock", ["landlock"], "Landlock"),
        ("namespaces", ["unshare"], "namespaces"),
        ("none", [], "no level of isolation named"),
    ):
        answer = Cell(warm, folder, level).ask("read", str(folder / "canary"), forbidden=missing)
        assert answer["error"] == "SandboxError"
        assert text in answer["text"]


def test_another_system_has_limits_only_and_says_so(warm: subprocess.Popen, folder: Path):
    rungs = _rungs(Cell(warm, folder), elsewhere=True)
    for level in CLOSED:
        assert not rungs[level]["available"]
        assert "needs Linux on x86_64 or aarch64" in rungs[level]["reason"]
    assert rungs["limits"]["available"]
    assert {rungs["limits"]["details"][what] for what in ("files", "network", "processes")} == {"open"}


def test_an_old_landlock_is_no_landlock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(landlock, "version", lambda: 2)
    with pytest.raises(sandbox.SandboxError, match="Landlock 2; 3 or newer"):
        entry._landlock_version()


# What it is made of -------------------------------------------------------------------------------------------------


def test_the_interpreters_files_are_not_this_projects():
    found = interpreter_files.find()
    package = os.path.dirname(os.path.realpath(autograder.__file__))
    assert any(os.path.realpath(os.__file__).startswith(path) for path in found.entries)
    assert [path for path in found.entries if os.path.commonpath([path, package]) in (path, package)] == []
    for name in ("nbgrader", "autograder", "data_stubs", "site-packages", "dist-packages"):
        assert not any(os.path.basename(path) == name for path in found.entries)
    assert not any(path.endswith(".pth") or "__editable__" in path for path in found.entries)


ALLOW, TELL, KILL = 0x7FFF0000, 0x7FC00000, 0x80000000


def _decide(code: bytes, call: int, arguments: tuple[int, ...], architecture: int) -> int:
    """Runs a filter as the kernel would."""
    data = struct.pack("=iIQ6Q", call, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions, at, value = list(struct.iter_unpack("=HBBI", code)), 0, 0
    while True:
        operation, yes, no, operand = instructions[at]
        at += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("=I", data, operand)
        elif operation == 0x54:
            value &= operand
        elif operation == 0x06:
            return operand
        else:
            holds = {0x15: value == operand, 0x25: value > operand, 0x35: value >= operand}[operation]
            at += yes if holds else no


@pytest.mark.parametrize(("column", "architecture"), [(0, 0xC000003E), (1, 0xC00000B7)], ids=["x86_64", "aarch64"])
def test_the_filter_decides_the_same_on_both_architectures(column: int, architecture: int):
    code = seccomp.program(column, pid=1000)

    def decide(numbers: tuple[int, int], *arguments: int) -> int:
        return _decide(code, numbers[column], arguments, architecture)

    refused = 0x50000 | errno.EPERM
    assert decide((0, 63)) == decide((1, 64)) == decide((202, 98)) == decide((231, 94)) == ALLOW  # read … exit_group
    assert decide((41, 198)) == decide((59, 221)) == decide((101, 117)) == refused  # socket, execve, ptrace
    assert decide((56, 220), 0x3D0F00) == ALLOW  # clone, as threads are made
    assert decide((56, 220), 17) == decide((56, 220), 0x3D0F00 | 0x10000000) == refused
    assert decide((435, 435)) == 0x50000 | errno.ENOSYS  # clone3
    assert decide((62, 129), 1000, 9) == decide((234, 131), 1000, 1001, 6) == ALLOW  # kill, tgkill
    assert decide((62, 129), 1001, 9) == decide((234, 131), 1001, 1001, 6) == refused
    assert decide((62, 129), 0xFFFFFFFF, 9) == refused
    assert decide((302, 261), 0) == decide((302, 261), 1000) == ALLOW  # prlimit64
    assert decide((302, 261), 1001) == refused
    assert decide((91, 52)) == decide((73, 32)) == decide((72, 25), 3, 6) == 0x50000  # fchmod, flock, fcntl(F_SETLK)
    assert decide((324, 283)) == decide((434, 434)) == 0x50000 | errno.ENOSYS  # membarrier, pidfd_open
    assert (decide((40, 71)), decide((326, 285))) == (0x50000 | errno.ENOTSOCK, 0x50000 | errno.EXDEV)  # sendfile …
    assert decide((46, 211), 7) == refused  # sendmsg
    assert _decide(code, 0, (), 0x40000003) == KILL  # 32 bits
    assert _decide(code, 600, (), architecture) == 0x50000 | errno.ENOSYS


@pytest.mark.parametrize(("column", "architecture"), [(0, 0xC000003E), (1, 0xC00000B7)], ids=["x86_64", "aarch64"])
def test_what_is_told_is_what_would_be_refused(column: int, architecture: int):
    quiet, telling = seccomp.program(column, pid=1000), seccomp.program(column, pid=1000, reports=7)
    told = set()
    for call in range(512):
        for arguments in ((), (1,), (7,), (1000,), (1, 0x80801), (7, 8), (0x3D0F00,)):
            before, after = (_decide(code, call, arguments, architecture) for code in (quiet, telling))
            if after == TELL:
                told.add(seccomp.meaning(call, column))
                assert before == 0x50000 | errno.EPERM
            elif call != seccomp._SENDMSG[column]:
                assert after == before, call
    assert told == {*seccomp.TOLD, *seccomp._BY_ARGUMENT}
    assert _decide(telling, seccomp._SENDMSG[column], (7,), architecture) == ALLOW
    assert _decide(telling, seccomp._SENDMSG[column], (8,), architecture) == TELL


@pytest.mark.parametrize(("column", "header"), [(0, "x86_64-linux-gnu/asm/unistd_64.h"), (1, "asm-generic/unistd.h")])
def test_the_filter_agrees_with_the_kernels_own_list_of_calls(column: int, header: str):
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip("the headers of the kernel are not installed")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", path.read_text(encoding="ascii")))
    numbers["newfstatat"] = numbers.get("newfstatat", numbers.get("fstatat", ""))
    compared = 0
    rows = (seccomp._ALLOWED, seccomp._PRETENDED, seccomp._UNSUPPORTED, seccomp._ABSENT, *seccomp.TOLD.values())
    for table in (*rows, *(row for row, _ in seccomp._BY_HAND)):
        for row in table.split(","):
            name, *ours = row.split()
            if ours[column] != "-" and name in numbers:
                assert numbers[name] == ours[column], name
                compared += 1
    assert compared > 100
