"""Judge and worker: every way in which a worker can end or lie is told apart, and what it can see is nothing secret."""

from __future__ import annotations

import os
import shutil
import signal
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import rubric, sandbox
from autograder.errors import UserError
from autograder.judge import workers
from autograder.runner import run as runner
from autograder.runner.results import StageResult

ROOT = Path(__file__).resolve().parents[3]
RIGHT = "def compute_prototypes(support):\n    return support.mean(1)\n"
SUITE = """
import os, sys, torch
from autograder.suites.conftest import rng, student
from autograder.suites import expect

def test_first(student, rng):
    support = torch.randn(3, 4, 5, generator=rng)
    expect.close(student.call("protonet.compute_prototypes", support).value, support.mean(1), "the prototypes")

def test_judge_imports_nothing_of_the_submission(student):
    student.call("protonet.compute_prototypes", torch.ones(2, 3, 4))
    assert not [name for name in sys.modules if name.split(".")[0] == "stages"], "the judge imported a submission"

def test_last(student, rng):
    support = torch.randn(2, 3, 4, generator=rng)
    expect.close(student.call("protonet.compute_prototypes", support).value, support.mean(1), "the prototypes")
"""
LEVELS = [rung.level for rung in sandbox.probe() if rung.available]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="grading needs processes that fork")


@pytest.fixture
def grade(tmp_path):
    """Grades code that stands for stages/protonet.py, by a suite of three tests."""

    def run(code: str, level: str = LEVELS[0], seconds: float = 8.0, suite: str = SUITE, stages=("prototypes",)):
        folder, suites = tmp_path / "submission", tmp_path / "suites"
        (folder / "stages").mkdir(parents=True, exist_ok=True)
        suites.mkdir(exist_ok=True)
        (folder / "stages" / "protonet.py").write_text(textwrap.dedent(code))
        for stage in stages:
            (suites / f"test_{stage}.py").write_text(suite)
        chosen = [replace(rubric.get(stage), seconds=seconds, needs=()) for stage in stages]
        results = runner.run(folder, chosen, "hidden", jobs=1, seed=3, suites=suites, workers=workers.at(level))
        return results[0] if len(results) == 1 else results

    return run


def doing(what: str, always: bool = False) -> str:
    """Code that does something on the second and third call (`always`: on each), and answers right."""
    when = "" if always else "if len(support) == 2: "
    return f"import ctypes, os, torch\ndef compute_prototypes(support):\n    {when}{what}\n    return support.mean(1)\n"


def outcomes(result: StageResult) -> list[str]:
    return [test.outcome for test in result.tests]


@pytest.mark.parametrize("level", LEVELS)
def test_a_right_answer_passes_and_names_its_level(grade, level):
    result = grade(RIGHT, level)
    assert (result.outcome, result.points, result.isolation, result.flags) == ("passed", 6.0, level, ())


@pytest.mark.parametrize("level", LEVELS)
def test_a_wrong_answer_is_told_what_is_wrong(grade, level):
    result = grade(RIGHT.replace("mean(1)", "sum(1)"), level)
    assert (result.outcome, outcomes(result)) == ("wrong", ["wrong", "passed", "wrong"])
    assert result.diagnosis.startswith("the prototypes: 15 of 15 values differ")


def test_a_stub_is_todo_and_an_exception_an_error_with_its_line(grade):
    assert grade("def compute_prototypes(support):\n    raise NotImplementedError('TODO x')").outcome == "todo"
    result = grade("def compute_prototypes(support):\n    return support.prototype")
    assert result.outcome == "error"
    assert "AttributeError" in result.diagnosis
    assert "(stages/protonet.py, line 2)" in result.diagnosis


def test_what_torch_has_not_implemented_is_no_stub(grade):
    code = "import torch\ndef compute_prototypes(support):\n    return (support + 1j).log_softmax(0)\n"
    assert grade(code).outcome == "error"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "does not define `compute_prototypes`"),
        ("def compute_prototypes(:\n", "(stages/protonet.py, line 1)"),
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name'"),
        ("raise SystemExit(0)\n", "raised SystemExit"),
    ],
)
def test_a_module_that_cannot_be_imported_is_said_once(grade, code, message):
    result = grade(code)
    assert (result.outcome, result.points, result.tests) == ("error", 0.0, ())
    assert message in result.diagnosis


ENDLESS = {
    "in Python": "[None for _ in iter(int, 1)]",
    "in C": "sum(range(10**12))",
    "in torch": "torch.ones(3000, 3000).matrix_power(10**9 + 7)",
    "asleep": "import time; time.sleep(1000)",
    "in a deadlock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
}


@pytest.mark.parametrize(
    ("how", "level"), [*((how, LEVELS[0]) for how in ENDLESS), *(("in C", level) for level in LEVELS[1:])]
)
def test_a_call_without_an_end_costs_its_stage_its_time(grade, how, level):
    code = doing(ENDLESS[how])
    start = time.monotonic()
    result = grade(code, level, seconds=3.0)
    assert (result.outcome, outcomes(result)) == ("timeout", ["passed", "timeout", "timeout"])
    assert "did not end: the stage may take 3 seconds. It was at stages/protonet.py, line 3." in result.diagnosis
    assert time.monotonic() - start < 60  # under any load


ENDINGS = {
    "os._exit(0)": "ended the Python process early (exit status 0)",
    "os._exit(7)": "ended the Python process early (exit status 7)",
    "os.abort()": "crashed the Python process (SIGABRT)",
    "ctypes.string_at(0)": "crashed the Python process (SIGSEGV)",
    "os.kill(os.getpid(), 9)": "crashed the Python process (SIGKILL)",
}


@pytest.mark.parametrize("how", ENDINGS)
def test_a_process_that_ends_early_costs_its_stage(grade, how):
    code = doing(how)
    result = grade(code)
    assert (outcomes(result), result.isolation) == (["passed", "crashed", "crashed"], LEVELS[0])
    assert ENDINGS[how] in result.tests[1].message
    assert result.outcome == "crashed" if "kill" not in how and "ctypes" not in how else "tampered"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("how", ["torch.ones(2**31)", "[bytearray(2**28) for _ in range(20)]"])
def test_too_much_memory_is_called_so(grade, how, level):
    code = doing(f"hold = {how}")
    result = grade(code, level, seconds=40.0)
    assert (result.outcome, outcomes(result)[:2]) == ("memory", ["passed", "memory"])


def test_the_other_stages_of_a_stage_that_ends_early_stay(grade):
    hanging = RIGHT + "import sys\n" + "def squared_euclidean(*a):\n    raise SystemExit\n"
    both = grade(hanging.replace("def squared", "import os\ndef squared"), stages=("prototypes", "distances"))
    assert [result.outcome for result in both] == ["passed", "passed"]  # the suite asks for prototypes alone


@pytest.mark.parametrize(
    ("how", "outcome"), [("while True: pass", "timeout"), ("os._exit(0)", "crashed"), ("[0] * 10**10", "memory")]
)
def test_an_honest_submission_loses_one_stage_of_the_hidden_suites(tmp_path, how, outcome):
    shutil.copytree(ROOT / "solutions" / "stages", tmp_path / "stages")
    with open(tmp_path / "stages" / "protonet.py", "a") as file:
        file.write(f"\n\nimport os\ndef compute_prototypes(support):\n    {how}\n")
    stages = [replace(rubric.get(stage), needs=()) for stage in ("prototypes", "distances", "conv_block", "nt_xent")]
    stages[0] = replace(stages[0], seconds=4.0)
    results = runner.run(tmp_path, stages, "hidden", jobs=1, seed=1, workers=workers.at(LEVELS[0]))
    assert [result.outcome for result in results] == [outcome, "passed", "passed", "passed"]
    assert [result.points for result in results[1:]] == [stage.points for stage in stages[1:]]


# What one stage may leave behind in its process.
LASTING = {
    "a file": "open('left', 'w').write('x')",
    "the default dtype": "torch.set_default_dtype(torch.float64)",
    "a hook of all modules": "torch.nn.modules.module.register_module_forward_hook(lambda *_: None)",
    "a mode of functions": "import torch.overrides as o; o.BaseTorchFunctionMode().__enter__()",
    "a mode of dispatch": "Passing().__enter__()",
    "a kernel": "lib = torch.library.Library('aten', 'IMPL'); lib.impl('trunc', lambda x: x + 1, 'CPU'); keep(lib)",
    "an import hook": "import sys; sys.meta_path.insert(0, type('Hook', (), {'find_spec': lambda *_: None})())",
    "a timer": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); signal.setitimer(signal.ITIMER_REAL, 9)",
    "a callback of the collector": "import gc; gc.callbacks.append(lambda *_: None)",
    "an attribute of a library": "import math; math.left = 1",
    "a patched function": "import math; math.hypot = len",
    "numpy's errors": "import numpy; numpy.seterr(all='raise')",
    "the environment": "os.environ['LEFT'] = '1'",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "a builtin": "__builtins__['left'] = 1",
}
# What each of them can be seen by.
TRACES = """
    import gc, math, os, signal, sys, threading, numpy, torch
    from torch.utils._python_dispatch import TorchDispatchMode
    class Passing(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))
    def traces():
        return [
            os.listdir("."), torch.get_default_dtype(), len(torch.nn.modules.module._global_forward_hooks),
            len(torch.overrides._get_current_function_mode_stack()), torch._C._len_torch_dispatch_stack(),
            torch.trunc(torch.tensor([1.5])).item(), len(sys.meta_path), signal.getitimer(signal.ITIMER_REAL),
            len(gc.callbacks), hasattr(math, "left"), math.hypot(3, 4) if math.hypot is not len else "len",
            numpy.geterr(), os.environ.get("LEFT"), threading.active_count(), "left" in __builtins__,
        ]
"""


@pytest.mark.parametrize("what", LASTING)
def test_what_a_stage_leaves_behind_does_not_reach_the_next(grade, what):
    code = f"""
    {TRACES.strip()}
    squared_euclidean = None
    def keep(thing):
        globals()["kept"] = thing
    def compute_prototypes(support):
        right = support.mean(1)
        os.write(1, f"before {{traces()}}\\n".encode())
        {LASTING[what]}
        os.write(1, f"after {{traces()}}\\n".encode())
        return right
    """
    first, second = grade(code, seconds=40.0, stages=("prototypes", "distances"))
    clean, changed = (next(line for line in first.output.splitlines() if word in line) for word in ("before", "after"))
    assert clean.split()[1:] != changed.split()[1:]  # the stage did leave something, which can be seen
    assert second.output.splitlines()[0] == clean


# Modules whose import or use shows a process that is not fresh, each put on top of one module of the reference.
HABITS = {
    "linear_eval": "import configparser, sqlite3, sched, graphlib, shelve, trace",
    "protonet": "import torch, torch.overrides; torch.overrides.BaseTorchFunctionMode().__enter__()",
    "simclr": "import math; math.sqrt = lambda x, sqrt=math.sqrt: sqrt(x)",
    "omniglot": "import numpy; numpy.seterr(all='raise')",
    "report": "import random; random.seed(0)",
}


def test_the_same_work_gets_the_same_mark_whole_one_by_one_and_in_any_order(tmp_path):
    shutil.copytree(ROOT / "solutions" / "stages", tmp_path / "stages")
    for module, habit in HABITS.items():
        path = tmp_path / "stages" / f"{module}.py"
        path.write_text(path.read_text().replace("\nimport torch\n", f"\nimport torch\n{habit}\n", 1))
    options = {"suite": "hidden", "jobs": 1, "seed": 5, "workers": workers.at(LEVELS[0])}
    whole = runner.run(tmp_path, rubric.STAGES, **options)
    alone = [runner.run(tmp_path, [stage], **options)[0] for stage in rubric.STAGES]
    backwards = runner.run(tmp_path, rubric.STAGES[::-1], **options)[::-1]
    assert [result.outcome for result in whole] == ["passed"] * len(rubric.STAGES), whole
    assert whole == alone == backwards


def test_a_stage_begins_with_modules_and_dice_of_its_own(grade):
    code = """
    import torch
    counter, squared_euclidean = [], None
    def compute_prototypes(support):
        counter.append(1)
        print(len(counter), torch.rand(1).item())
        return support.mean(1)
    """
    first, second = grade(code, stages=("prototypes", "distances"))
    assert first.output == second.output
    assert first.output.startswith("1 0.")


def test_every_stage_has_its_own_output(grade):
    code = """
    import os
    squared_euclidean = None
    def compute_prototypes(support):
        os.write(1, b"flood " * 50_000)
        return support.mean(1)
    """
    first, second = grade(code, stages=("prototypes", "distances"))
    assert len(first.output) == len(second.output) > 10_000


LIES = {
    "a forged answer": 'os.write(4, b\'\\0\\0\\0\\x22\\0\\0\\0\\0{"n": 1, "values": {"value": 1.0}}\')',
    "half an answer": "os.write(4, b'\\0\\0\\1\\0\\0\\0\\0\\0{'); os._exit(0)",
    "a flood": "[os.write(4, b'x' * 65536) for _ in range(10**6)]",
    "a huge answer": "os.write(4, b'\\xff' * 8)",
    "no answer": "os.close(4)",
    "no alarm": "os.close(5)",
    "no more questions": "os.close(3); support = 0 * support",
}


@pytest.mark.parametrize("what", LIES)
def test_a_lie_on_the_pipe_earns_nothing(grade, what):
    result = grade(doing(LIES[what], always=True))
    assert result.points == 0
    assert result.outcome in ("tampered", "crashed", "timeout", "wrong")


def test_a_class_that_says_it_is_equal_to_everything_convinces_nobody(grade):
    code = """
        import torch
        class Sly(torch.Tensor):
            def __eq__(self, other): return torch.ones((), dtype=torch.bool)
            def __sub__(self, other): return torch.zeros(1)
            @property
            def shape(self): return torch.Size((3, 5))
        def compute_prototypes(support):
            return torch.ones(1).as_subclass(Sly)
    """
    result = grade(code)
    assert (result.outcome, outcomes(result)[0]) == ("wrong", "wrong")
    assert "should have the shape (3, 5), got (1,)" in result.diagnosis


FLAGGED = {
    "import socket; socket.socket()": "opened a socket",
    "import subprocess; subprocess.run(['true'])": "started a program",
    "import os; os.system('true')": "started a program",
    "import os; os.fork()": "started a process",
    "import os; os.kill(os.getppid(), 0)": "sent a signal",
    "import gc; gc.get_objects()": "searched the memory of the process",
    "import sys; sys._getframe(1)": "looked at the frames of its callers",
    "import inspect; inspect.stack()": "looked at the frames of its callers",
    "open('/proc/self/environ')": "read a file outside its folder",
    "open(__file__, 'a')": "wrote to a file outside its folder",
    "import autograder.rubric": "imported the grader's code",
    "import sqlite3; sqlite3.connect('/tmp/gradebook.db')": "wrote to a file outside its folder",
    "import sys; sys.settrace(lambda *a: None)": "installed a tracer",
    "import ctypes; ctypes.CDLL(None)": "called a C library through ctypes",
    "import torch; torch.equal = lambda *a: True": "replaced `torch.equal`",
    "import torch; torch.nn.Module.train = lambda s: s": "replaced `torch.nn.Module.train`",
    "import builtins; builtins.len = lambda x: 3": "replaced `builtins.len`",
}


@pytest.mark.parametrize("code", FLAGGED)
def test_an_attempt_on_the_grader_voids_the_stage_with_its_line(grade, code):
    attack = f"""
        def compute_prototypes(support):
            try:
                {code}
            except Exception:
                pass
            return support.mean(1)
    """
    result = grade(attack)
    assert (result.outcome, result.points) == ("tampered", 0.0)
    found = [flag for flag in result.flags if FLAGGED[code] in flag]
    assert found, result.flags
    assert FLAGGED[code].startswith(("replaced", "installed")) or "stages/protonet.py, line 4 " in found[0]
    assert result.diagnosis.endswith("The stage is void; ask your instructor.")


HONEST = """
    import logging, os, random, tempfile, threading, traceback, warnings
    from collections import namedtuple
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import dataclass
    from pathlib import Path
    import torch
    Pair = namedtuple("Pair", "a b")
    source = Path(__file__).read_text()
    @dataclass
    class Box:
        value: torch.Tensor
    def compute_prototypes(support):
        print("shape", support.shape)
        warnings.warn("careful")
        logging.getLogger("mine").warning("hello")
        try:
            raise ValueError
        except ValueError:
            traceback.print_exc()
        with tempfile.TemporaryDirectory() as folder:
            torch.save(support, Path(folder) / "support.pt")
            support = torch.load(Path(folder) / "support.pt")
        open("notes.txt", "w").write("notes")
        for path in ("/content/drive/MyDrive/data.csv", "data/missing.csv"):
            if os.path.exists(path):
                open(path)
            try:
                open(path)
            except OSError:
                pass
        with ThreadPoolExecutor(2) as pool:
            rows = list(pool.map(lambda row: row.mean(0), support))
        return Box(torch.stack(rows)).value
"""


@pytest.mark.parametrize("level", LEVELS)
def test_honest_code_that_prints_warns_logs_writes_and_threads_passes(grade, level):
    result = grade(HONEST, level)
    assert (result.outcome, result.points) == ("passed", 6.0), result
    assert "shape torch.Size([3, 4, 5])" in result.output
    assert "hello" in result.output


def test_a_message_never_shows_the_hidden_test(grade):
    suite = (
        SUITE
        + "\ndef test_raises(student):\n    assert [7][student.call('protonet.compute_prototypes', 1).value] == 7\n"
    )
    result = grade("def compute_prototypes(support):\n    return 5\n", suite=suite)
    assert result.tests[-1].outcome == "error"
    assert result.tests[-1].message.startswith("The answer could not be compared (IndexError).")
    assert "test_prototypes.py" not in str(result)


LOOK = """
import os, sys
from autograder.suites.conftest import student
def test_what_it_sees(student):
    seen = student.call("protonet.compute_prototypes").value
    assert False, repr(seen)
"""


def test_a_worker_sees_no_environment_no_descriptor_and_no_path_of_the_graders(grade, monkeypatch):
    monkeypatch.setenv("SECRET_CANARY", "canary-7d3f")
    code = """
        import os, sys
        def compute_prototypes():
            fds = []
            for number in range(3, 200):
                try:
                    os.fstat(number)
                    fds.append(number)
                except OSError:
                    pass
            return [str(dict(os.environ)), fds, str(sys.argv), os.getcwd().split("/")[-1], str(sys.path)]
    """
    runner.pool().close()
    result = grade(code, suite=LOOK)
    assert "[3, 4, 5, 6]" in result.diagnosis
    assert "scratch" in result.diagnosis
    for secret in ("canary-7d3f", "GRADING_SEED", "SUBMISSION", str(ROOT / "autograder"), f"'{ROOT}'"):
        assert secret not in result.diagnosis


def test_a_fault_of_the_graders_is_retried_and_never_a_zero(grade, monkeypatch):
    assert grade(RIGHT).passed
    os.kill(runner.pool().workers().pid, signal.SIGKILL)
    assert grade(RIGHT).passed  # by a fresh warm process
    monkeypatch.setattr(sandbox, "LEVELS", (*sandbox.LEVELS, "unheard-of"))
    result = grade(RIGHT, "unheard-of")
    assert (result.outcome, result.points) == ("infrastructure", 0.0)
    assert "the sandbox cannot be entered" in result.diagnosis


def test_what_is_costly_to_compare_fails_its_own_test_and_nothing_else(grade):
    slow = """
from autograder.judge import bounds
bounds.TEST_SECONDS = 0.5
def test_time(student):
    student.call("protonet.compute_prototypes", torch.ones(2, 3, 4))
    while True:
        pass
def test_memory(student):
    torch.ones(2**33)
def test_after(student, rng):
    test_first(student, rng)
"""
    result = grade(RIGHT, suite=SUITE + slow)
    assert outcomes(result) == ["passed", "passed", "passed", "error", "error", "passed"]
    assert result.tests[3].message.startswith("The answer could not be compared in time.")
    assert result.tests[4].message.startswith("The answer could not be compared: that would take too much memory.")


def test_a_message_is_whole_although_the_clock_rings_meanwhile(grade):
    """The time of a test ends while it waits for an answer of some size: the answer is read, then the test fails."""
    slow = """
from autograder.judge import bounds
bounds.TEST_SECONDS = 0.05
bounds.LEAST = 0.05
def test_time(student):
    for _ in range(10_000):
        student.call("protonet.compute_prototypes", torch.ones(50, 3, 4000))
def test_after(student):
    bounds.TEST_SECONDS = 20.0
    expect.close(student.call("protonet.compute_prototypes", torch.ones(2, 3, 4)).value, torch.ones(2, 4), "it")
"""
    result = grade(RIGHT, suite=SUITE + slow, seconds=40.0)
    assert outcomes(result)[-2:] == ["error", "passed"], result


@pytest.mark.parametrize("shape", ["(67108864, 0)", "(0, 2**40)", "(1,) * 9", "(0, 4096, 4096, 2)"])
def test_the_shape_of_an_answer_has_bounds_also_where_it_is_empty(grade, shape):
    result = grade(f"import torch\ndef compute_prototypes(support):\n    return torch.empty({shape})\n")
    assert (result.outcome, result.points) == ("error", 0.0)
    assert "a tensor of the shape" in result.diagnosis


def test_an_answer_of_too_many_values_is_an_error(grade):
    result = grade("def compute_prototypes(support):\n    return [[None] * 1000] * 1000\n")
    assert (result.outcome, result.points) == ("error", 0.0)
    assert "more than 200,000 values" in result.diagnosis


def test_what_ends_the_judge_itself_costs_its_own_stage(grade, tmp_path):
    """As if an answer could: the stage has no marks, and is no fault of the grader's as long as another one passes."""
    assert grade(RIGHT + "squared_euclidean = None\n", stages=("prototypes", "distances"))[0].passed
    suite = tmp_path / "suites" / "test_prototypes.py"
    suite.write_text(suite.read_text() + "\ndef test_fatal(student):\n    os._exit(3)\n")
    stages = [replace(rubric.get(stage), seconds=8.0, needs=()) for stage in ("prototypes", "distances")]
    options = {"jobs": 1, "seed": 3, "suites": tmp_path / "suites", "workers": workers.at(LEVELS[0])}
    fatal, other = runner.run(tmp_path / "submission", stages, "hidden", **options)
    assert (fatal.outcome, fatal.points, other.outcome) == ("crashed", 0.0, "passed")
    (alone,) = runner.run(tmp_path / "submission", stages[:1], "hidden", **options)
    assert alone.outcome == "infrastructure"  # no other stage shows that a judge works here: their suites are missing


def test_a_float_of_numpy_is_a_float(grade):
    code = "import numpy\ndef compute_prototypes(support):\n    return [numpy.float64(1.5), support.mean(1)]\n"
    suite = (
        SUITE.replace(").value", ").value[1]")
        + """
def test_float(student):
    assert type(student.call("protonet.compute_prototypes", torch.ones(2, 3, 4)).value[0]) is float
"""
    )
    result = grade(code, suite=suite)
    assert result.passed, result


def test_a_stage_is_timed_by_its_own_processor_time(grade):
    """Sleeping costs nothing of it, up to a multiple by the clock; many threads use it up together."""
    assert grade(doing("import time; time.sleep(2.0)"), seconds=2.0).passed
    busy = doing(
        "import hashlib, threading; work = lambda: [hashlib.sha256(b'x' * 10**6) for _ in iter(int, 1)]; "
        "[threading.Thread(target=work, daemon=True).start() for _ in range(8)]; work()"
    )
    assert grade(busy, seconds=2.0).outcome == "timeout"


def test_an_unknown_level_is_an_error_of_the_callers(grade):
    with pytest.raises(UserError, match="no isolation level 'vault'"):
        grade(RIGHT, "vault")


def test_the_same_seed_gives_the_same_result_and_inputs_are_secret(grade):
    code = "def compute_prototypes(support):\n    return support.sum() * support.mean(1)\n"
    assert grade(code) == grade(code)


def test_nothing_of_a_worker_is_left(grade):
    code = doing("threading.Thread(target=time.sleep, args=(600,)).start()").replace("os,", "os, threading, time,")
    result = grade(code)
    assert result.outcome == "passed"
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    if children.exists():
        warm = runner.pool().workers().pid
        left = Path(f"/proc/{warm}/task/{warm}/children").read_text().split()
        assert left == []
