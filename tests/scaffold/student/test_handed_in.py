"""`autograder check` sees what the grader will: what is not handed in is missing, and what it would refuse is said."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from autograder import advice
from autograder.__main__ import main
from autograder.runner import audit
from autograder.runner import run as runner
from autograder.student import notebook

SUITE = """
import pytest
from data_stubs import shapes
import expect
from stages import protonet

@pytest.mark.stage("prototypes")
def test_once():
    from data_stubs import sizes  # the tests may, at any time
    assert protonet.compute_prototypes([1.0, 3.0]) == 2.0, "the mean is 2"

@pytest.mark.stage("prototypes")
def test_twice():
    assert protonet.compute_prototypes([2.0, 4.0]) == 3.0, "the mean is 3"
"""
MEAN = "def compute_prototypes(x):\n    return sum(x) / len(x)\n"


@pytest.fixture
def stages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """assignment/stages/ in the current folder, with a right stage, and suites for it."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "expect.py").write_text("")
    (tmp_path / "suites" / "test_protonet.py").write_text(SUITE)
    (tmp_path / "assignment" / "stages").mkdir(parents=True)
    (tmp_path / "assignment" / "stages" / "protonet.py").write_text(MEAN)
    monkeypatch.setitem(runner.SUITES, "visible", tmp_path / "suites")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "assignment" / "stages"


def check(capsys: pytest.CaptureFixture[str], stage: str = "prototypes") -> dict[str, Any]:
    status = main(["check", "--stage", stage, "--json"])
    data = json.loads(capsys.readouterr().out)
    passed = all(result["outcome"] == "passed" for result in data["stages"].values())
    assert status == (0 if passed else 1), "a warning does not change the status"
    return data


def test_right_stages_have_no_warnings(stages, capsys):
    data = check(capsys)
    assert (data["stages"]["prototypes"]["outcome"], data["warnings"]) == ("passed", [])


# What is not handed in -----------------------------------------------------------------------------------------------

MISSING = {
    "a package below stages": (
        "from stages.helpers import mean",
        "No module named 'stages.helpers'\nOnly stages/*.py are handed in: no folders inside stages/, and no files",
    ),
    "a data file beside a stage": (
        "import json, pathlib\nSIZE = json.loads((pathlib.Path(__file__).parent / 'config.json').read_text())",
        "'stages/config.json'\nOnly stages/*.py are handed in: at grading no other file can be read",
    ),
    "a module beside stages": (
        "import my_utils",
        "No module named 'my_utils'\nThe grader has only Python's standard library, torch, ",
    ),
    "a module in the folder of the homework": ("import at_the_top", "No module named 'at_the_top'"),
    "the folder around stages": (
        "from assignment.stages.episodes import Episode",
        "`assignment` is not there at grading, only stages/*.py are handed in: write `from stages.episodes import …`.",
    ),
    "data_stubs": ("import data_stubs", "`data_stubs` is not there at grading: only stages/*.py are handed in."),
    "a part of data_stubs": ("from data_stubs.shapes import draw", "`data_stubs` is not there at grading"),
    "data_stubs by its name in a text": ("__import__('data_stubs')", "`data_stubs` is not there at grading"),
    "the grader": ("from autograder import rubric", "`autograder` is not there at grading"),
    "what the tests share": ("import expect", "`expect` is not there at grading"),
    "another stage without its package": ("import episodes", "Write `from stages.episodes import …`"),
    "a package that nobody has": (
        "import a_package_that_nobody_has",
        "The grader has only Python's standard library, torch",
    ),
    "somebody at the keyboard": ("input('go?')", "Nobody types anything at grading: remove input() and breakpoints."),
    "a card": ("import torch\ntorch.zeros(1).cuda()", "The grader has no GPU"),
    "a newer Python": ("match x:\n  caes 1: pass", "This is Python "),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_is_not_at_the_grader_is_not_at_home(what, stages, capsys):
    (stages / "helpers").mkdir()
    (stages / "helpers" / "__init__.py").write_text("def mean(x): pass")
    (stages / "config.json").write_text("{}")
    (stages / "episodes.py").write_text("Episode = 1")
    (stages.parent / "my_utils.py").write_text("")
    (stages.parent.parent / "at_the_top.py").write_text("")
    code, sentence = MISSING[what]
    (stages / "protonet.py").write_text(f"{code}\n{MEAN}")
    result = check(capsys)["stages"]["prototypes"]
    assert (result["outcome"], result["points"]) == ("error", 0.0), result
    assert sentence in result["diagnosis"]
    assert "autograder-handed-in" not in result["diagnosis"], "where the copy lies says nothing to anyone"


def test_helpers_beside_a_stage_are_handed_in(stages, capsys):
    (stages / "helpers.py").write_text("def mean(x):\n    return sum(x) / len(x)\n")
    for code in ("from stages.helpers import mean", "from .helpers import mean"):
        (stages / "protonet.py").write_text(f"{code}\n\ndef compute_prototypes(x):\n    return mean(x)\n")
        data = check(capsys)
        assert (data["stages"]["prototypes"]["outcome"], data["warnings"]) == ("passed", [])


def test_what_lies_in_stages_and_is_not_handed_in_is_said(stages, capsys):
    for folder in ("helpers", "__pycache__", ".ipynb_checkpoints"):
        (stages / folder).mkdir()
    for file in ("config.json", "protonet (1).py", ".DS_Store", "old.pyc", "Simclr.py"):
        (stages / file).write_bytes(b"")
    assert [(warning["file"], warning["line"], warning["message"]) for warning in check(capsys)["warnings"]] == [
        ("stages/Simclr.py", 0, "is ignored; rename it to simclr.py"),
        ("stages/config.json", 0, "is not handed in; only stages/*.py are"),
        ("stages/helpers/", 0, "is a folder; only stages/*.py are handed in"),
        (
            "stages/protonet (1).py",
            0,
            "is not handed in; a file name may only contain letters, digits and underscores",
        ),
    ]


def test_what_the_grader_refuses_is_a_sentence(stages, capsys):
    (stages / "simclr.py").symlink_to(stages / "protonet.py")
    assert main(["check", "--stage", "prototypes"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "autograder check: stages/simclr.py is a link; hand in the file itself.\n")


# What is refused at grading ------------------------------------------------------------------------------------------

# Written so that only running it shows.
AT_RUN_TIME = {
    "a program": ("getattr(os, 'system')('')", "starts a program; no other program may run at grading"),
    "another program": ("getattr(subprocess, 'run')([sys.executable, '-c', ''])", "starts a program"),
    "workers of a DataLoader": (
        "list(torch.utils.data.DataLoader([1, 2], **{'num_workers': 1}))",
        "starts processes; use num_workers=0 in a DataLoader, and no multiprocessing",
    ),
    "a connection": ("getattr(socket, 'socket')().close()", "opens a network connection; there is no network"),
    "objects in memory": (
        "getattr(gc, 'get_objects')()",
        "searches the memory of the process; do not use gc.get_objects",
    ),
    "frames": (
        "getattr(inspect, 'currentframe')()",
        "looks at the frames of its callers; do not use inspect.currentframe",
    ),
    "the processor": (
        "open(os.path.join('/proc', 'cpuinfo')).close()",
        "reads a file outside its folder (/proc/cpuinfo); only stages/*.py are handed in, and no other file exists",
    ),
    "a folder": ("os.listdir('..')", "reads a file outside its folder ("),
    "a log": ("open(LOG, 'a').close()", "writes to a file outside its folder ("),
}
if not Path("/proc/cpuinfo").exists():
    del AT_RUN_TIME["the processor"]  # there is nothing to read on this system
NO_WARNING = [
    "open('train.log', 'a').close()",
    "torch.save({}, tempfile.gettempdir() + '/x.pt')",
    "os.makedirs('checkpoints', exist_ok=True)",
    "os.makedirs(os.path.expanduser('~'), exist_ok=True)",
    "list(torch.utils.data.DataLoader([1, 2], num_workers=0))",
    "platform.platform(), platform.processor()",
    "torch.compile(torch.nn.Linear(1, 1))(torch.ones(1, 1)).sum().backward()",
    "sys.settrace(None)",
    "os.path.exists('/kaggle/input'), list(os.walk('/kaggle/input'))",
    "logging.basicConfig(); warnings.warn('x', stacklevel=2); traceback.format_stack()",
    "collections.namedtuple('X', 'a'); dataclasses.make_dataclass('Y', ['a'])",
    "sys.modules.pop('tomllib', None); importlib.import_module('colorsys')",
    "torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1).step()",
]
USED = "collections dataclasses gc importlib inspect logging os platform socket subprocess sys tempfile torch traceback"


def running(code: str, elsewhere: Path) -> str:
    return (
        f"import {', '.join(USED.split())}, warnings\nimport torch.utils.data\nLOG = {str(elsewhere / 'x.log')!r}\n"
        f"def compute_prototypes(x):\n    {code}\n    return sum(x) / len(x)\n"
    )


@pytest.mark.parametrize("what", AT_RUN_TIME)
def test_what_runs_and_would_be_refused_is_said_once_with_its_line(what, stages, tmp_path, capsys):
    code, message = AT_RUN_TIME[what]
    (stages / "protonet.py").write_text(running(code, tmp_path))
    data = check(capsys)
    assert data["stages"]["prototypes"]["outcome"] == "passed"
    (warning,) = data["warnings"]
    assert (warning["file"], warning["line"]) == ("stages/protonet.py", 5)
    assert warning["message"].startswith(message)


@pytest.mark.parametrize("code", NO_WARNING)
def test_what_runs_at_the_grader_too_is_not_warned_of(code, stages, tmp_path, capsys):
    (stages / "protonet.py").write_text(running(code, tmp_path))
    data = check(capsys)
    assert (data["stages"]["prototypes"]["outcome"], data["warnings"]) == ("passed", [])


def test_a_file_that_a_stage_leaves_beside_itself_is_said(stages, tmp_path, capsys):
    save = "torch.save({'x': torch.ones(1)}, os.path.join(os.path.dirname(__file__), 'best.pt'))"
    (stages / "protonet.py").write_text(running(save, tmp_path))
    (warning,) = check(capsys)["warnings"]
    assert (warning["file"], warning["line"]) == ("stages/best.pt", 0)
    assert warning["message"].startswith(
        "is written by a stage, which is not possible at grading; write to a file name"
    )
    assert not (stages / "best.pt").exists(), "it ran on a copy"


def test_without_fork_it_is_the_same(stages, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AUTOGRADER_NO_FORK", "1")
    (stages / "protonet.py").write_text(running("getattr(gc, 'get_objects')()", tmp_path))
    assert [warning["line"] for warning in check(capsys)["warnings"]] == [5]
    (stages / "protonet.py").write_text(f"import data_stubs\n{MEAN}")
    assert "`data_stubs` is not there at grading" in check(capsys)["stages"]["prototypes"]["diagnosis"]


def test_a_call_that_was_read_and_run_is_said_once(stages, capsys):
    (stages / "protonet.py").write_text(f"import gc\nfind = gc.get_objects\n{MEAN.replace('return', 'find(); return')}")
    assert [warning["line"] for warning in check(capsys)["warnings"]] == [2]


def test_only_files_of_the_stages_asked_for_are_warned_of(stages, capsys):
    (stages / "simclr.py").write_text("import pandas\n")
    (stages / "helpers.py").write_text("import wandb\n")
    assert [warning["file"] for warning in check(capsys)["warnings"]] == ["stages/helpers.py"]
    assert [warning["file"] for warning in check(capsys, "nt_xent")["warnings"]] == [
        "stages/helpers.py",
        "stages/simclr.py",
    ]


def test_warnings_stand_below_the_table_and_in_the_notebook(stages, capsys):
    (stages / "protonet.py").write_text(f"import os\nos.system('')\n{MEAN}")
    footer = (
        "warning The grader does not have or allow this:\n"
        "stages/protonet.py, line 2 starts a program (os.system); no other program may run at grading\n"
    )
    assert main(["check", "--stage", "prototypes"]) == 0
    out = capsys.readouterr().out
    assert re.sub(r"\n +", " ", out.partition("passes.\n\n")[2]).split() == footer.split()
    assert notebook.grade("prototypes", stages.parent) == 6.0
    assert capsys.readouterr().out == f"prototypes: passed, 6 of 6 points\n\n{footer}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the alarm is of the hidden grading, which needs fork")
def test_home_hears_what_the_alarm_of_the_grader_hears():
    from autograder.worker import audit as alarm

    named_otherwise = {"import", "object.__getattr__"}  # `hide` refuses the one, and frames are seen by the calls
    assert alarm._WATCHED - named_otherwise <= audit._WATCHED


@pytest.mark.parametrize("what", [*audit.EVENTS.values(), *audit.CALLED.values()])
def test_every_kind_says_what_to_do_instead(what):
    assert advice.cure(what).endswith(".")
    assert str(advice.found("stages/simclr.py", 12, what)).startswith("stages/simclr.py, line 12 ")
