"""The runner: every way in which a submission can fail is told apart, and none takes another stage down."""

from __future__ import annotations

import json
import os
import py_compile
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import rubric
from autograder.rubric import Stage
from autograder.runner import run as runner
from autograder.runner.monitor import MAX_OUTPUT
from autograder.runner.results import StageResult, to_json

SOLUTIONS = Path(__file__).resolve().parents[3] / "solutions"

SUITE = """
import expect
import pytest
import torch
from stages.alpha import both, double, halve

@pytest.mark.stage("double")
def test_double_of_zero():
    assert double(torch.zeros(2)).shape == (2,), "the double should have the shape (2,)"

@pytest.mark.stage("double")
@pytest.mark.parametrize("number", [1.0, 3.0])
def test_double_of_a_number(number):
    assert double(torch.tensor([number, number])).tolist() == [2 * number] * 2, "the double is not twice the number"

@pytest.mark.stage("double")
def test_double_of_nothing():
    assert double(torch.zeros(0)).numel() == 0

@pytest.mark.stage("halve")
def test_halve():
    expect.that(halve(torch.ones(1)).item() == 0.5, "half of 1 is 0.5")

@pytest.mark.stage("both")
def test_both():
    assert both(torch.ones(1)).item() == 1.0, "half of the double is the number"
"""

GOOD = {
    "double": "def double(x):\n    return 2 * x",
    "halve": "def halve(x):\n    return x / 2",
    "both": "def both(x):\n    return halve(double(x))",
}


def stage(name: str, needs: tuple[str, ...] = (), module: str = "alpha", seconds: float = 10.0) -> Stage:
    return Stage(name, module, name.title(), 4, (name,), "notebook", "a test", needs, seconds=seconds)


DOUBLE, HALVE, BOTH = stage("double"), stage("halve"), stage("both", ("double",))


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    (folder / "test_alpha.py").write_text(SUITE)
    (folder / "expect.py").write_text("def that(condition, message):\n    assert condition, message\n")
    (folder / "test_broken.py").write_text("import there_is_no_such_module\n")
    return folder


@pytest.fixture
def submit(tmp_path: Path) -> Callable[..., Path]:
    """Writes a submission whose functions are `GOOD` but for those given; `head` goes before them."""

    def write(head: str = "", **functions: str) -> Path:
        (tmp_path / "stages").mkdir(exist_ok=True)
        bodies = GOOD | {name: textwrap.dedent(code) for name, code in functions.items()}
        (tmp_path / "stages" / "alpha.py").write_text(
            "\n\n".join(["import torch", textwrap.dedent(head), *bodies.values()])
        )
        return tmp_path

    return write


@pytest.fixture
def check(suites: Path) -> Callable[..., dict[str, StageResult]]:
    def run(submission: Path, *stages: Stage, **options) -> dict[str, StageResult]:
        return {result.id: result for result in runner.run(submission, stages, "visible", suites=suites, **options)}

    return run


def test_good_submission_gets_all_points(submit, check):
    heard = []
    results = check(submit(), DOUBLE, HALVE, BOTH, on_result=heard.append)
    assert [(result.id, result.outcome, result.points) for result in results.values()] == [
        ("double", "passed", 4.0),
        ("halve", "passed", 4.0),
        ("both", "passed", 4.0),
    ]
    assert [test.name for test in results["double"].tests] == [
        "test_double_of_zero",
        "test_double_of_a_number[1.0]",
        "test_double_of_a_number[3.0]",
        "test_double_of_nothing",
    ]
    assert {result.id for result in heard} == {"double", "halve", "both"}


# Each way to break `double`: its code, the outcome, what the message must say, and the points (4 tests, 4 points).
WAYS = {
    "wrong value": ("def double(x):\n    return x", "wrong", "^the double is not twice the number$", 2),
    "wrong shape": (
        "def double(x):\n    return 2 * x[None]",
        "wrong",
        r"^the double should have the shape \(2,\)$",
        1,
    ),
    "bare assertion": (
        "def double(x):\n    return 2 * x if len(x) else torch.ones(1)",
        "wrong",
        r"does not hold: assert double\(torch.zeros\(0\)\).numel\(\) == 0",
        3,
    ),
    "exception": (
        "def double(x):\n    return x.twice()",
        "error",
        "^stages/alpha.py, line 6: AttributeError: 'Tensor' object has no attribute 'twice'",
        0,
    ),
    "exception in torch": (
        "def double(x):\n    return x @ torch.ones(5)",
        "error",
        "^stages/alpha.py, line 6: RuntimeError",
        0,
    ),
    "its own assertion": (
        "def double(x):\n    assert len(x) == 2, 'no'\n    return 2 * x",
        "error",
        "^stages/alpha.py, line 6: AssertionError: no",
        3,
    ),
    "None": (
        "def double(x):\n    2 * x",
        "error",
        r"^test_alpha.py, line \d+: AttributeError: 'NoneType' object has no attribute 'shape'\n    assert double",
        0,
    ),
    "stub": ("def double(x):\n    raise NotImplementedError('TODO double: 2 x')", "todo", "^TODO double: 2 x$", 0),
    "sys.exit": ("def double(x):\n    import sys; sys.exit(0)", "error", "line 6: the code ends the program", 0),
    "os._exit": (
        "def double(x):\n    import os; os._exit(0)",
        "crashed",
        r"`test_double_of_zero` ended the Python process early \(exit status 0\)",
        0,
    ),
    "late os._exit": (
        "def double(x):\n    import os\n    if not len(x): os._exit(0)\n    return 2 * x",
        "crashed",
        "`test_double_of_nothing` ended the Python process early",
        3,
    ),
    "signal": (
        "def double(x):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)",
        "crashed",
        "SIGSEGV.*It was at stages/alpha.py, line 7",
        0,
    ),
    "memory": (
        "def double(x):\n    return torch.zeros(1 << 50)",
        "memory",
        "^stages/alpha.py, line 6: out of memory",
        0,
    ),
    "interrupt": ("def double(x):\n    raise KeyboardInterrupt", "crashed", "stopped the test run", 0),
    "skip": ("def double(x):\n    import pytest; pytest.skip()", "error", "line 6: Skipped", 0),
    "exit of pytest": ("def double(x):\n    import pytest; pytest.exit('ok', 0)", "crashed", "stopped the test run", 0),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_fail_is_told_apart(way, submit, check):
    code, outcome, message, points = WAYS[way]
    results = check(submit(double=code), DOUBLE, HALVE)
    assert results["double"].outcome == outcome, results["double"]
    assert re.search(message, results["double"].diagnosis, re.DOTALL), results["double"].diagnosis
    assert results["double"].points == points
    assert len(results["double"].tests) == 4
    assert results["halve"].outcome == "passed"


def test_infinite_loop_costs_its_stage_only_and_keeps_what_finished(submit, check):
    code = "def double(x):\n    while len(x) == 0:\n        pass\n    return 2 * x"
    start = time.monotonic()
    results = check(submit(double=code), stage("double", seconds=1.0), HALVE)
    assert time.monotonic() - start < 10
    assert [test.outcome for test in results["double"].tests] == ["passed", "passed", "passed", "timeout"]
    assert results["double"].points == 3.0
    assert re.search(
        r"^`test_double_of_nothing` did not end: .* 1 seconds. It was at stages/alpha.py, line [67]. Is there a loop",
        results["double"].diagnosis,
    )
    assert results["halve"].outcome == "passed"


def test_tests_after_a_hang_say_that_they_did_not_run(submit, check):
    code = "def double(x):\n    while True:\n        pass"
    tests = check(submit(double=code), stage("double", seconds=1.0))["double"].tests
    assert [test.outcome for test in tests] == ["timeout"] * 4
    assert tests[-1].message == "It did not run: `test_double_of_zero`, an earlier test, did not end."


def test_flood_of_output_is_cut_and_cleaned(submit, check):
    code = "def double(x):\n    while True:\n        print('\\x1b[31mspam\\u202e' * 1000)"
    result = check(submit(double=code), stage("double", seconds=1.0))["double"]
    assert result.outcome == "timeout"
    assert MAX_OUTPUT / 4 < len(result.output) <= MAX_OUTPUT
    assert set(result.output) == set("spam\n")


def test_output_is_kept(submit, check):
    code = "def double(x):\n    import sys\n    print('out')\n    print('err', file=sys.stderr)\n    return 2 * x"
    assert check(submit(double=code), DOUBLE)["double"].output == "out\nerr\n" * 4


def test_output_before_a_crash_is_kept(submit, check):
    code = "def double(x):\n    import os\n    print('last words')\n    os._exit(0)"
    assert check(submit(double=code), DOUBLE)["double"].output == "last words\n"


# Each way to break the whole file: what goes first in it, the outcome and the message of both stages.
BROKEN = {
    "syntax": (
        "def f(:\n    pass",
        "error",
        r"^stages/alpha.py, line 3: SyntaxError: .*\n    def f\(:\nThis is Python 3",
    ),
    "import": ("import torch.nothing", "error", "^stages/alpha.py, line 3: ModuleNotFoundError: No module named"),
    "exception": ("x = 1 / 0", "error", "^stages/alpha.py, line 3: ZeroDivisionError"),
    "sys.exit": ("import sys; sys.exit(0)", "error", "^stages/alpha.py, line 3: the code ends the program"),
    "os._exit": ("import os; os._exit(0)", "crashed", "^The import of stages/alpha.py ended the Python process early"),
    "loop": ("while True: pass", "timeout", "^The import of stages/alpha.py did not end: .* stages/alpha.py, line 3"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_broken_file_fails_its_stages_and_no_other(way, submit, check, suites):
    head, outcome, message = BROKEN[way]
    folder = submit(head)
    (folder / "stages" / "beta.py").write_text("def one():\n    return 1\n")
    (suites / "test_beta.py").write_text(
        "import pytest\nfrom stages import beta\n\n"
        "@pytest.mark.stage('one')\ndef test_one():\n    assert beta.one() == 1\n"
    )
    halve = stage("halve", ("double",), seconds=1.0)  # not blocked: the file is what is wrong with both
    results = check(folder, stage("double", seconds=1.0), halve, stage("one", module="beta"))
    for name in ("double", "halve"):
        assert (results[name].outcome, results[name].points, results[name].tests) == (outcome, 0.0, ())
        assert re.search(message, results[name].diagnosis), results[name].diagnosis
    assert results["one"].outcome == "passed"


def test_missing_file_is_a_sentence(submit, check):
    folder = submit()
    (folder / "stages" / "alpha.py").unlink()
    result = check(folder, DOUBLE)["double"]
    assert (result.outcome, result.diagnosis) == (
        "error",
        "The file stages/alpha.py is missing. Put it back: the tests import it.",
    )


def test_missing_name_fails_its_own_stage_only(submit, check):
    results = check(submit(double="def twice(x):\n    return 2 * x"), DOUBLE, HALVE)
    assert results["double"].outcome == "error"
    assert results["double"].diagnosis == "stages/alpha.py does not define `double`. Keep the names of the stubs."
    assert results["halve"].outcome == "passed"


@pytest.mark.parametrize("together", [True, False], ids=["run together", "run alone"])
def test_failure_is_blocked_by_a_stage_it_calls(together, submit, check):
    results = check(submit(double="def double(x):\n    return 3 * x"), *([DOUBLE, BOTH] if together else [BOTH]))
    if not together:  # a stage of the run's own list is all that `needs` can name here
        assert results["both"].outcome == "wrong"
        return
    assert results["both"].outcome == "blocked"
    assert results["both"].diagnosis.startswith("Fix `double` first: this stage calls it, and it fails, too.\nhalf of")


def test_needed_stage_that_was_not_selected_is_run_quietly(tmp_path, suites):
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "protonet.py").write_text(
        "def compute_prototypes(s): raise NotImplementedError('TODO prototypes: mean')\n"
        "def squared_euclidean(q, p): return 0\n"
        "def ProtoNet(): return compute_prototypes(0)\n"
    )
    (suites / "test_protonet.py").write_text(
        "import pytest\nfrom stages import protonet\n"
        "@pytest.mark.stage('prototypes')\ndef test_a(): protonet.compute_prototypes(0)\n"
        "@pytest.mark.stage('distances')\ndef test_b(): protonet.squared_euclidean(0, 0)\n"
        "@pytest.mark.stage('protonet_forward')\ndef test_c(): protonet.ProtoNet()\n"
    )
    heard = []
    results = runner.run(tmp_path, [rubric.get("protonet_forward")], "visible", suites=suites, on_result=heard.append)
    assert [result.id for result in results] == [result.id for result in heard] == ["protonet_forward"]
    assert results[0].outcome == "blocked"
    assert results[0].diagnosis.startswith("Fix `prototypes` first")


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("nowhere", "The suite test_nowhere.py is missing."),
        ("alpha", "test_alpha.py has no test for the stage untested"),
        (
            "broken",
            "test_broken.py cannot be collected: ModuleNotFoundError: No module named 'there_is_no_such_module'",
        ),
    ],
)
def test_fault_of_the_suite_is_infrastructure(module, message, submit, check):
    folder = submit(head="untested = 1")
    (folder / "stages" / f"{module}.py").write_text((folder / "stages" / "alpha.py").read_text())
    result = check(folder, stage("untested", module=module))["untested"]
    assert (result.outcome, result.points, result.tests) == ("infrastructure", 0.0, ())
    assert message in result.diagnosis
    assert "not in the submission" in result.diagnosis


def test_hidden_suite_asks_through_the_student_fixture(tmp_path):
    (tmp_path / "test_prototypes.py").write_text(
        "import os, torch\nfrom autograder.suites.conftest import rng, student\n"
        "def test_mean(student):\n"
        "    assert os.environ['GRADING_SEED'] == '7'\n"
        "    answer = student.call('protonet.compute_prototypes', torch.ones(2, 3, 4))\n"
        "    assert answer.value.shape == (2, 4)\n"
        "def test_stub(student):\n"
        "    student.call('protonet.compute_prototypes')\n"
    )
    (result,) = runner.run(SOLUTIONS, [rubric.get("prototypes")], "hidden", suites=tmp_path, seed=7)
    assert [test.outcome for test in result.tests] == ["passed", "error"], result
    assert result.diagnosis.startswith("protonet.compute_prototypes raised TypeError")
    assert result.points == 3.0


def test_files_of_the_submission_steer_nothing_and_nothing_is_written(submit, check, suites):
    folder = submit(double="def double(x):\n    open('here.txt', 'w').write('x')\n    return 2 * x")
    (folder / "conftest.py").write_text("raise SystemExit(0)\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    (folder / "test_alpha.py").write_text("def test_nothing():\n    pass\n")
    for name in ("pytest.py", "torch.py", "expect.py", "data_stubs.py", "autograder.py"):
        (folder / name).write_text("raise SystemExit(0)\n")
    before = sorted(folder.rglob("*"))
    result = check(folder, DOUBLE)["double"]
    assert (result.outcome, len(result.tests)) == ("passed", 4), result
    assert sorted(folder.rglob("*")) == before
    assert not list(suites.rglob("__pycache__"))


def test_compiled_files_of_the_submission_are_not_read(submit, check, tmp_path):
    folder = submit(double="def double(x):\n    return x")
    source, cached = folder / "stages" / "alpha.py", folder / "stages" / "__pycache__"
    good = tmp_path / "good.py"
    good.write_text(source.read_text().replace("return x", "return 2 * x"))
    cached.mkdir()
    py_compile.compile(
        str(good),
        str(cached / f"alpha.{sys.implementation.cache_tag}.pyc"),
        dfile=str(source),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,  # Python would take it for the source, unseen
    )
    assert check(folder, DOUBLE)["double"].outcome == "wrong"


def test_process_left_behind_is_killed(submit, check, tmp_path):
    code = f"""
        def double(x):
            import subprocess
            if not len(x):
                process = subprocess.Popen(["sleep", "60"])
                open({str(tmp_path / "pid")!r}, "w").write(str(process.pid))
            return 2 * x
        """
    assert check(submit(double=code), DOUBLE)["double"].outcome == "passed"
    pid = int((tmp_path / "pid").read_text())
    give_up = time.monotonic() + 5
    while _alive(pid) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_without_fork_the_verdicts_are_the_same(tmp_path, suites, monkeypatch):
    monkeypatch.setattr(runner, "BASE", ())  # nothing here needs torch: the fresh processes start faster
    bodies = {"crash": "os._exit(3)", "slip": "print('half')", "hang": "while True: pass", "fine": "return 1"}
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "gamma.py").write_text(
        "import os\n" + "".join(f"def {name}():\n    {body}\n" for name, body in bodies.items())
    )
    (suites / "test_gamma.py").write_text(
        "import pytest\nfrom stages import gamma\n"
        + "".join(
            f"@pytest.mark.stage('{name}')\ndef test_{name}():\n    assert gamma.{name}() == 1, 'it is 1'\n"
            for name in bodies
        )
    )
    stages = [stage(name, module="gamma", seconds=1.0 if name == "hang" else 10.0) for name in bodies]
    forked = runner.run(tmp_path, stages, "visible", suites=suites)
    fresh = runner.run(tmp_path, stages, "visible", suites=suites, fork=False, jobs=1)
    assert [result.outcome for result in fresh] == ["crashed", "wrong", "timeout", "passed"]
    assert [result.output for result in fresh] == ["", "half\n", "", ""]
    assert to_json(fresh) == to_json(forked)


def test_json_is_that_of_the_design(submit, check):
    data = to_json(check(submit(double="def double(x):\n    return x"), DOUBLE, HALVE).values())
    assert json.loads(json.dumps(data)) == data
    assert (data["points"], data["max_points"], list(data["stages"])) == (6.0, 8, ["double", "halve"])
    assert data["stages"]["double"]["tests"][1] == {
        "name": "test_double_of_a_number[1.0]",
        "outcome": "wrong",
        "message": "the double is not twice the number",
    }
    assert set(data["stages"]["double"]) == {"points", "max_points", "outcome", "tests", "diagnosis", "mistake"}


def test_stage_without_torchvision_does_not_import_it(tmp_path):
    nt_xent = rubric.get("nt_xent")
    (tmp_path / "test_simclr.py").write_text(
        "import sys, pytest, torch\nfrom stages.simclr import nt_xent_loss\n"
        "@pytest.mark.stage('nt_xent')\ndef test_light():\n"
        "    nt_xent_loss(torch.eye(3), torch.eye(3)).item()\n"
        "    assert not {'torchvision', 'kornia', 'matplotlib'} & set(sys.modules)\n"
    )
    for fork in (True, False):
        (result,) = runner.run(SOLUTIONS, [nt_xent], "visible", suites=tmp_path, fork=fork)
        assert result.passed, result
    server = runner.pool().server()
    assert server.imported(["torch", "torchvision", "kornia", "matplotlib"]) == ["torch"]


def test_dead_warm_process_is_replaced(submit, check):
    folder = submit()
    assert check(folder, DOUBLE)["double"].passed
    process = runner.pool().server()._process
    assert process is not None
    process.kill()
    process.wait()
    assert check(folder, DOUBLE)["double"].passed


def test_warm_process_and_its_branches_end_with_their_caller():
    code = (
        "import os, socket\n"
        "from autograder.runner import forkserver\n"
        "base = forkserver.Pool().server()\n"
        "ours, theirs = socket.socketpair()\n"
        "branch = base._ask({'branch': ['shelve']}, [theirs.fileno()])['pid']\n"
        "print(base._process.pid, branch, flush=True)\n"
        "os._exit(0)\n"  # as after `kill -9`: nothing of the caller's runs any more
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    pids = [int(word) for word in done.stdout.split()]
    assert len(set(pids)) == 2
    give_up = time.monotonic() + 10
    while any(map(_alive, pids)) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not any(map(_alive, pids))
