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

from autograder import rubric, runner
from autograder.errors import UserError
from autograder.grading import sandbox
from autograder.runner import StageResult

ROOT = Path(__file__).resolve().parents[2]
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
        results = runner.run(folder, chosen, "hidden", jobs=1, seed=3, suites=suites, isolation=level)
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
    results = runner.run(tmp_path, stages, "hidden", jobs=1, seed=1, isolation=LEVELS[0])
    assert [result.outcome for result in results] == [outcome, "passed", "passed", "passed"]
    assert [result.points for result in results[1:]] == [stage.points for stage in stages[1:]]


HARMLESS = {
    "nothing": "pass",
    "a file": "open('left', 'w').write('x'); os.makedirs('a/b', exist_ok=True)",
    "a figure": "import matplotlib.pyplot as plt; plt.figure()",
    "random numbers": "torch.manual_seed(len(support)); torch.rand(3)",
    "a thread that ended": "import threading; t = threading.Thread(target=print); t.start(); t.join()",
}
LASTING = {
    "the default dtype": "torch.set_default_dtype(torch.float64)",
    "no gradients": "torch.set_grad_enabled(False)",
    "an autocast": "torch.set_autocast_enabled('cpu', True)",
    "the threads of torch": "torch.set_num_threads(3)",
    "a hook of all modules": "torch.nn.modules.module.register_module_forward_hook(lambda *_: None)",
    "the environment": "os.environ['LEFT'] = '1'",
    "the folder": "os.makedirs('a', exist_ok=True); os.chdir('a')",
    "the path": "import sys; sys.path.append('a')",
    "an open file": "global kept; kept = open('left', 'w'); __builtins__['kept_open'] = kept",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    "the filters of warnings": "import warnings; warnings.simplefilter('ignore', ImportWarning)",
    "a signal's handler": "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)",
    "standard output": "import sys; sys.stdout = sys.stderr",
    "the style of figures": "import matplotlib; matplotlib.rcParams['lines.linewidth'] = 7",
    "a lot of memory": "__builtins__['kept_list'] = [0] * (48 << 20)",
}


def processes(grade, what: str) -> list[str]:
    """Grades two stages whose code prints its process and leaves something behind; returns what each printed."""
    code = f"""
    import os, torch
    squared_euclidean = None
    def compute_prototypes(support):
        if len(support) == 2:
            os.write(1, b"process %d\\n" % os.getpid())
            {what}
        return support.mean(1)
    """
    results = grade(code, seconds=40.0, stages=("prototypes", "distances"))
    assert [result.outcome for result in results] == ["passed", "passed"], [result.diagnosis for result in results]
    return [result.output.split("process")[1].split()[0] for result in results]


@pytest.mark.parametrize("what", HARMLESS)
def test_a_worker_that_is_as_good_as_new_serves_the_next_stage(grade, what):
    first, second = processes(grade, HARMLESS[what])
    assert first == second


@pytest.mark.parametrize("what", LASTING)
def test_what_a_stage_leaves_behind_does_not_reach_the_next(grade, what):
    first, second = processes(grade, LASTING[what])
    assert first != second


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
    "import torch.multiprocessing as m; m.Process(target=print).start()": "started a process",
    "import gc; gc.get_objects()": "searched the memory of the process",
    "import sys; sys._getframe(1)": "looked at the frames of its callers",
    "import inspect; inspect.stack()": "looked at the frames of its callers",
    "open('/proc/self/environ')": "read a file outside its folder",
    "open(__file__, 'a')": "wrote to a file outside its folder",
    "import autograder.rubric": "imported the grader's code",
    "import sqlite3; sqlite3.connect('/tmp/gradebook.db')": "wrote to a file outside its folder",
    "import sys; sys.settrace(None)": "installed a tracer",
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
    assert FLAGGED[code] in result.flags[0]
    assert "replaced" in FLAGGED[code] or "stages/protonet.py, line 4 " in result.flags[0]
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
    os.kill(runner.pool().workers()._process.pid, signal.SIGKILL)
    assert grade(RIGHT).passed  # by a fresh warm process
    monkeypatch.setattr(sandbox, "LEVELS", (*sandbox.LEVELS, "unheard-of"))
    result = grade(RIGHT, "unheard-of")
    assert (result.outcome, result.points) == ("infrastructure", 0.0)
    assert "the sandbox cannot be entered" in result.diagnosis


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
        warm = runner.pool().workers()._process.pid
        left = Path(f"/proc/{warm}/task/{warm}/children").read_text().split()
        assert left == []
