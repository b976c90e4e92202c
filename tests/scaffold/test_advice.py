"""What the grader says of a cause that lies outside a stage: the sentence names it, whichever way the stage ended."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import advice, rubric, sandbox
from autograder.judge import workers
from autograder.runner import run as runner

SUITE = """
import torch
from autograder.suites.conftest import rng, student

def test_called(student):
    assert student.call("protonet.compute_prototypes", torch.ones(2, 3, 4)).value.shape == (2, 4)
"""
RIGHT = "def compute_prototypes(support):\n    return support.mean(1)\n"
LOADER = "torch.utils.data.DataLoader([1, 2], num_workers=1)"
HERE = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
# What stands above or in the function -> what the diagnosis has to say.
CAUSES = {
    "a package that is not there": (
        "import a_package_that_nobody_has",
        "",
        "The grader has only Python's standard library, torch, torchvision, numpy, matplotlib, PIL (Pillow), kornia, "
        "tqdm",
    ),
    "a folder below stages": (
        "from stages.helpers import mean",
        "",
        "Only stages/*.py are handed in: no folders inside",
    ),
    "data_stubs": ("import data_stubs", "", "`data_stubs` is not there at grading: only stages/*.py are handed in."),
    "the folder around stages": ("import assignment.stages.episodes", "", "write `from stages.episodes import …`."),
    "a data file": (
        "from pathlib import Path\n(Path(__file__).parent / 'config.json').read_text()",
        "",
        "Only stages/*.py are handed in: at grading no other file can be read",
    ),
    "a broken line": ("def f(:", "", f"The grader runs {HERE}."),
    "a name of a newer Python": ("from typing import of_the_year_3000", "", f"The grader runs {HERE}."),
    "workers of a DataLoader": ("", f"list({LOADER})", "use num_workers=0"),
    "a pool": ("import multiprocessing", "multiprocessing.Pool(1)", "and neither a Pool nor a Process"),
    "a program": ("import subprocess", "subprocess.run(['ls'])", "No other program may run at grading."),
    "a connection": ("import socket", "socket.create_connection(('localhost', 9))", "There is no network at grading."),
    "objects in memory": ("import gc", "gc.get_objects()", "Do not use gc.get_objects and the like."),
    "frames": (
        "import inspect",
        "inspect.currentframe()",
        "Do not use inspect.currentframe, inspect.stack or sys._getframe",
    ),
    "a log elsewhere": ("", "open('/var/log/train.log', 'a')", "or inside tempfile.gettempdir()"),
    "a card": ("", "support.cuda()", "The grader has no GPU: work on the device of what you are given"),
    "the keyboard": ("", "input('go?')", "Nobody types anything at grading: remove input() and breakpoints."),
}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="grading needs processes that fork")


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suites")
    (folder / "test_prototypes.py").write_text(SUITE)
    return folder


@pytest.mark.parametrize("what", CAUSES)
def test_the_grader_names_the_cause(what, suites, tmp_path):
    above, inside, sentence = CAUSES[what]
    (tmp_path / "stages").mkdir()
    body = f"def compute_prototypes(support):\n    {inside or 'pass'}\n    return support.mean(1)\n"
    (tmp_path / "stages" / "protonet.py").write_text(f"import torch.utils.data\n{above}\n{body}")
    level = next(rung.level for rung in sandbox.probe() if rung.available)
    stage = replace(rubric.get("prototypes"), needs=())
    (result,) = runner.run(tmp_path, [stage], "hidden", jobs=1, suites=suites, workers=workers.at(level))
    assert result.outcome in ("error", "tampered"), result
    assert sentence in result.diagnosis


def test_an_error_of_the_stage_alone_has_no_further_cause(tmp_path):
    for error in (ValueError("x"), KeyError("x"), FileNotFoundError(2, "no such file", str(tmp_path / "x"))):
        assert advice.cause(error, tmp_path / "submission") == ""


def test_packages_of_the_list_are_never_said_to_be_missing_at_the_grader():
    assert "is not installed here" in advice.missing_module("tqdm")
