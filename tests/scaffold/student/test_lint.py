"""What `check` reads out of stages without running them: each kind with its line, and nothing of what is harmless."""

from __future__ import annotations

import sys

import pytest

from autograder import rubric
from autograder.student import lint

# (code, line, what the message begins with or holds)
REFUSED = [
    (
        "import pandas as pd",
        1,
        "imports `pandas`; the grader has only Python's standard library, torch, torchvision, numpy",
    ),
    ("from sklearn.metrics import accuracy_score", 1, "imports `sklearn`"),
    ("def f():\n    import cv2", 2, "imports `cv2`"),
    ("import importlib\nimportlib.import_module('wandb')", 2, "imports `wandb`"),
    ("try:\n    import rich\nexcept ImportError:\n    pass", 2, "imports `rich`"),  # it is here, so it is used
    ("from assignment.stages.episodes import Episode", 1, "write `from stages.episodes import …`"),
    ("import data_stubs", 1, "`data_stubs` is not there at grading: only stages/*.py are handed in"),
    ("try:\n    from autograder import rubric\nexcept ImportError:\n    pass", 2, "imports the grader's code"),
    ("from stages.helpers import mean", 1, "imports `stages.helpers`; only stages/*.py are handed in"),
    ("import os\n\nos.system('clear')", 3, "starts a program (os.system); no other program may run"),
    ("from os import system as s\ns('clear')", 2, "starts a program (os.system)"),
    ("import subprocess as sp\nsp.check_output(['nvidia-smi'])", 2, "starts a program"),
    ("import os\nos.execvp('ls', ['ls'])", 2, "starts a program"),
    ("import multiprocessing as mp\nmp.Pool(2)", 2, "starts processes (multiprocessing.Pool)"),
    ("import torch.multiprocessing as mp\nmp.spawn(print)", 2, "starts processes"),
    ("from torch.utils.data import DataLoader\nDataLoader([1], num_workers=2)", 2, "use num_workers=0 in a DataLoader"),
    ("import torch\ntorch.utils.data.DataLoader([1],\n    num_workers=N)", 2, "starts processes (num_workers=N)"),
    ("import socket\nsocket.socket()", 2, "opens a network connection"),
    ("from urllib.request import urlopen\nurlopen('http://x')", 2, "opens a network connection"),
    ("import gc\nlen(gc.get_objects())", 2, "searches the memory of the process"),
    ("import inspect\ninspect.currentframe().f_lineno", 2, "looks at the frames of its callers"),
    ("import sys\nsys._getframe(1)", 2, "looks at the frames of its callers"),
    ("import sys\nsys.settrace(print)", 2, "installs a tracer"),
    ("import ctypes\nctypes.CDLL(None)", 2, "calls a C library through ctypes"),
    ("import resource\nresource.setrlimit(1, (2, 2))", 2, "changes the limits of its process"),
    ("import matplotlib\nmatplotlib.use('TkAgg')", 2, "asks for a screen (TkAgg)"),
    ("import torch\ntorch.Tensor.backward = print", 2, "replaces a part of a library (torch.Tensor.backward)"),
    ("import builtins\nbuiltins.len = None", 2, "replaces a part of a library (builtins.len)"),
    ("open('/tmp/train.log', 'a')", 1, "writes to a file outside its folder (/tmp/train.log); write to a file name"),
    ("open('/proc/cpuinfo')", 1, "reads a file outside its folder (/proc/cpuinfo)"),
]
HARMLESS = [
    "import torch, torchvision, numpy, matplotlib.pyplot, PIL.Image, kornia, json, tracemalloc",
    "from tqdm import tqdm\nfrom tqdm.auto import trange\nfrom typing_extensions import override",
    "from __future__ import annotations\nfrom . import episodes\nfrom .episodes import Episode\nimport stages.episodes",
    "try:\n    import a_package_that_nobody_has\nexcept ImportError:\n    pass",
    "import importlib\nimportlib.import_module('.episodes', 'stages')\nimportlib.import_module('stages.episodes')",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
    "if __name__ == '__main__':\n    import pandas, os\n    os.system('clear')",
    "from torch.utils.data import DataLoader\nDataLoader([1], num_workers=0, shuffle=True)",
    "import torch\ntorch.backends.cudnn.benchmark = False\ntorch.manual_seed(1)\ntorch.set_num_threads(2)",
    "import os\nos.environ['X'] = '1'\nos.path.exists('/x')\nos.makedirs('checkpoints', exist_ok=True)",
    "import multiprocessing as mp\nmp.cpu_count()",
    "import multiprocessing as mp\nLOCK = mp.Lock()",
    "import torch\n@torch.compile\ndef f(): pass\ng = torch.compile(f)",
    "import builtins, torch\nbuiltins.print = None\ntorch.Tensor.__repr__ = str\ntorch.nn.Module.n_params = 1",
    "import sys, cProfile\nsys.settrace(None)\ncProfile.Profile()",
    "open('train.log', 'a').write('x')",
    "import matplotlib\nmatplotlib.use('Agg')",
    "import inspect\ninspect.signature(print)",
    "def system(x): return x\nsystem('clear')",
    "class Gc:\n    def get_objects(self): return []\ngc = Gc()\nx.gc.get_objects()",
]


@pytest.mark.parametrize(("code", "line", "words"), REFUSED)
def test_what_the_grader_would_refuse_is_found_with_its_line(code, line, words):
    (finding,) = lint.findings({"simclr.py": code.encode()})
    assert (finding.file, finding.line) == ("stages/simclr.py", line)
    assert words in finding.message


@pytest.mark.parametrize("code", HARMLESS)
def test_what_the_grader_allows_is_not_found(code):
    assert lint.findings({"simclr.py": code.encode(), "episodes.py": b""}) == []


@pytest.mark.parametrize("content", [b"def f(:", b"x = '\0'", "# é".encode("latin-1"), "x = 1".encode("utf-16")])
def test_what_is_no_python_is_left_to_those_who_import_it(content):
    assert lint.findings({"simclr.py": content}) == []


def test_right_submissions_have_no_findings(root, tmp_path):
    import bank

    built = [bank.build(entry, tmp_path / entry.stage / entry.slug) for entry in bank.entries("right")]
    for folder in [root / "solutions", *built]:
        stages = {path.name: path.read_bytes() for path in (folder / "stages").glob("*.py")}
        assert lint.findings(stages) == [], folder


@pytest.mark.skipif(sys.version_info[:2] <= rubric.PYTHON, reason="this Python reads nothing newer than itself")
@pytest.mark.parametrize(
    ("code", "version"), [("try:\n    pass\nexcept* ValueError:\n    pass", (3, 11)), ("type Vector = list", (3, 12))]
)
def test_syntax_newer_than_the_oldest_grader_is_named(code, version):
    if sys.version_info < version:
        pytest.skip(f"only Python {version[0]}.{version[1]} and newer read this syntax at all")
    (finding,) = lint.findings({"simclr.py": code.encode()})
    assert "uses the syntax of a newer Python than the grader may run; Python 3.10 says: " in finding.message


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="older Pythons do not read nested quotes: the import itself fails"
)
def test_nested_quotes_of_an_f_string_are_named():
    codes = {'f"{d["a"]}"': 1, "f'{d[\"a\"]}'": 0, 'f"""{d["a"]}"""': 0, 'f"{f"{x}"}"': 1, "f\"{x}\" 'y'": 0}
    for code, findings in codes.items():
        assert len(lint.findings({"simclr.py": code.encode()})) == findings, code


def test_the_list_of_packages_is_what_a_student_installs(root):
    """Every package that stages may import is a dependency, or comes with one."""
    import importlib.metadata
    import re

    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert dependencies is not None
    installed = set(re.findall(r'^ +"([\w-]+)', dependencies[1], re.MULTILINE))
    names = {"PIL": "pillow"}
    brought = {re.split(r"[^\w-]", line)[0] for line in importlib.metadata.requires("torch") or ()}
    told = (root / "assignment" / "stages" / "__init__.py").read_text(encoding="utf-8")
    for package in rubric.PACKAGES:
        assert re.search(rf"\b{package}\b", told), "students read there what they may import"
        name = names.get(package, package)
        assert name in installed or name.replace("_", "-") in {one.replace("_", "-") for one in brought}, package
    assert f'requires-python = ">={rubric.PYTHON[0]}.{rubric.PYTHON[1]}"' in text
