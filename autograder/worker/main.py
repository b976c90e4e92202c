"""The untrusted side: the process that a submission's code runs in. It answers requests and knows nothing else.

It is forked from a warm process that has imported torch and holds nothing secret (`judge/workers.py`), enters the
sandbox, and then executes one request after the other on its `Workbench`. Its descriptors:

    3  requests of the judge          4  answers
    5  what the alarm notices         6  the trace of a crash or of the place where time ran out
    7  the socket for the kernel's reports; closed once it is in the sandbox
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib.util
import io
import linecache
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Container
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import torch

from autograder import sandbox
from autograder.rpc import codec
from autograder.rpc.errors import MalformedError, StudentError
from autograder.rpc.messages import ORDERS, REQUESTS, UNCHANGED, Reply, same
from autograder.worker import audit, single_process
from autograder.worker.executor import Workbench

ASK, ANSWER, ALARM, TRACE, REPORTS = 3, 4, 5, 6, 7
TELL = signal.SIGUSR1
CHUNK = 1 << 16  # bytes to read at once: more than most requests
# What stages import, and what drawing a figure imports.
LIBRARIES = ("numpy", "torchvision", "kornia", "matplotlib.pyplot", "PIL.features", "torch._dynamo", "ctypes")

_unread = b""
_graders: list[
    str
] = []  # the grader's own modules; listed in the warm process, as looking at all names costs a child 8 ms


def prepare() -> None:
    """Imports, in the warm process, what submissions import, and makes this process adopt orphans."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for optimizer in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW):
        optimizer([torch.zeros(1, requires_grad=True)])  # the first instance rewrites the `step` of its class
    _graders.extend(name for name in sys.modules if name.split(".")[0] in ("autograder", "data_stubs"))
    # A warning or a traceback shows a line of its caller, which may be the grader: a file closed to a worker.
    files = [file for name in _graders if (file := getattr(sys.modules[name], "__file__", None))]
    linecache.cache.update({file: (0, None, [], file) for file in files})
    _draw_a_figure()
    platform.platform()  # remembers the answer, for which it would start a program
    single_process.prepare()
    importlib.util.find_spec("no_such_module")  # lists the folders of the path, which a worker cannot
    sandbox.prepare()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER, on Linux


def _draw_a_figure() -> None:
    """Has matplotlib load its fonts and colours, which the first figure of a process waits for: 0.1 s."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.imshow([[0.0, 1.0]])
    axes.set_title("fonts")
    figure.canvas.draw()
    pyplot.close(figure)


def sweep(known: Container[int]) -> None:
    """Kills what a worker left behind: the children of the warm process that it did not fork itself."""
    try:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    except OSError:
        return  # no such file on this system
    for pid in map(int, children):
        if pid not in known:
            os.kill(pid, signal.SIGKILL)


def ask_where(pid: int) -> None:
    """Has a worker of the warm process write to its trace which line it is at."""
    os.kill(sandbox.worker_of(pid), TELL)


def run(job: dict[str, Any]) -> NoReturn:
    """Serves until the judge closes the pipe.

    Args:
        job: `submission` and `scratch`, absolute paths; `level` of the sandbox; `limits`, those of `sandbox.Limits`;
            `core`, the processor to run on, or None.
    """
    submission, scratch = Path(job["submission"]), Path(job["scratch"])
    limits = sandbox.Limits(**job["limits"])
    policy = sandbox.Policy(submission, scratch, limits, reports=REPORTS, core=job["core"])
    _settle(submission, scratch)
    try:
        sandbox.enter(job["level"], policy)
        os.chdir(scratch)
    except (sandbox.SandboxError, OSError) as error:
        _send(codec.pack({"n": -1, "fault": f"the sandbox cannot be entered: {error}"}))
        os._exit(1)
    torch.set_num_threads(1)
    workbench = Workbench(submission)
    audit.install(ALARM, submission, scratch)
    _hide_the_grader()
    _send(codec.pack({"n": 0}))
    _serve(workbench)


def _serve(workbench: Workbench) -> NoReturn:
    """Answers the requests of one stage. What the submission needs of this loop it gets by value."""
    trace = os.fdopen(TRACE, "w")
    faulthandler.enable(trace)
    faulthandler.register(TELL, file=trace)  # so the grader asks where it is when its time is up
    pack, receive, exit_now = codec.pack, codec.receive, os._exit
    check, check_all = audit.checker()
    while True:
        try:
            header, values = receive(_read)
        except (EOFError, OSError):
            check_all()  # the stage is over, and the judge waits for what the alarm has to say
            exit_now(0)
        number = header["n"]
        if header["op"] in ORDERS:
            getattr(workbench, header["op"])(*values["args"])
            continue
        if header["op"] not in REQUESTS:
            exit_now(1)
        try:
            value = getattr(workbench, header["op"])(*values["args"])
            reply = pack({"n": number}, value=_brief(value, values["args"]))
        except StudentError as error:
            reply = _failure(number, error)
        except MalformedError as error:
            reply = _failure(number, StudentError(f"it answers with {error}"))
        except MemoryError:
            reply = _failure(number, StudentError("out of memory", "memory"))
        except BaseException as error:
            reply = _failure(number, StudentError(f"the answer cannot be read ({type(error).__name__})"))
        sys.stdout.flush()
        check()
        _send(reply)


def _brief(value: Any, args: list[Any]) -> Any:
    """Leaves out the inputs of a reply that are unchanged: the judge has them."""
    if type(value) is Reply and value.inputs and same(value.inputs, tuple(args[1])):
        return replace(value, inputs=UNCHANGED)
    return value


def _failure(number: int, error: StudentError) -> bytes:
    said = [
        str(error)[:3000],
        str(error.outcome),
        str(error.where)[:300],
        [str(kind)[:100] for kind in error.kinds[:30]],
    ]
    return codec.pack({"n": number}, error=said)


def _settle(submission: Path, scratch: Path) -> None:
    """Removes every trace of the place where the warm process ran."""
    os.environ.clear()
    os.environ |= {
        **{"HOME": str(scratch), "TMPDIR": str(scratch), "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(scratch)},
        **{"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "CUDA_VISIBLE_DEVICES": ""},
    }
    tempfile.tempdir = str(scratch)
    sys.argv[:] = [""]
    sys.dont_write_bytecode = True
    own = str(Path(__file__).resolve().parents[2])
    sys.path[:] = [path for path in sys.path if path not in ("", own)]
    # An editable installation finds the checkout by other means; `import data_stubs` has to fail everywhere.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "__editable__" not in getattr(finder, "__module__", "")]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _hide_the_grader() -> None:
    """Puts the grader's modules out of reach of `import`; they still work where they are held."""
    for name in _graders:
        sys.modules.pop(name, None)


def _read(length: int) -> bytes:
    global _unread
    data = io.BytesIO()
    data.write(_unread)
    while data.tell() < length:
        more = os.read(ASK, max(length - data.tell(), CHUNK))
        if not more:
            raise EOFError
        data.write(more)
    whole = data.getvalue()
    _unread = whole[length:]
    return whole[:length]


def _send(message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(ANSWER, view) :]
