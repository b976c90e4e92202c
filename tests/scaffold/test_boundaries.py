"""Who may import whom, proved from the syntax trees: nothing is imported to find out.

`PACKAGES` has a row for each package of the grader, `ZONES` say which libraries, stages and solutions are in reach.
"""

from __future__ import annotations

import ast
import graphlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.release import handout

LIBRARIES = ("torch", "numpy", "matplotlib", "PIL")
STUDENT_MODULES = tuple(
    f"autograder.{name.removesuffix('.py').removesuffix('/**/*').replace('/', '.')}"
    for name in handout.STUDENT_SIDE
    if name.endswith(".py")
)

# Each package of the grader, and each file beside them -> which others it imports: all of these, and no more. By names
# alone, __main__ knows the commands, and the runner the modules of the instructor's side that its processes import.
PACKAGES = {
    "__main__": {"errors"},
    "errors": set(),
    "rubric": {"errors"},
    "text": set(),
    "files": {"errors"},
    "advice": {"rubric"},
    "audit_events": set(),
    # The handout's part of the package.
    "submissions": {"errors", "rubric", "text"},
    "runner": {"advice", "audit_events", "errors", "rubric", "text"},
    "student": {"advice", "errors", "rubric", "runner", "submissions", "text"},
    # The two sides of the pipe: neither knows the other.
    "rpc": set(),
    "sandbox": {"errors"},
    "worker": {"advice", "audit_events", "rpc", "sandbox"},
    "judge": {"errors", "rpc", "rubric", "runner", "sandbox", "submissions"},
    "suites": {"judge", "rpc"},
    # The instructor's side.
    "misconceptions": {"rubric", "runner"},
    "grading": {"errors", "files", "judge", "misconceptions", "rubric", "runner", "sandbox", "submissions", "text"},
    "reporting": {"errors", "files", "grading", "rubric", "text"},
    "nbgrader": {"errors", "grading", "reporting", "rubric", "submissions", "text"},
    "release": {"errors", "rubric"},
    "demo": {"errors", "nbgrader", "rubric", "runner", "student"},
    "commands": {
        *(
            "demo",
            "errors",
            "grading",
            "misconceptions",
            "nbgrader",
            "release",
            "reporting",
            "rubric",
            "runner",
            "sandbox",
        ),
        *("submissions", "text"),
    },
}
# Files that import one more package, inside a function: where a submission runs in the tests' own process.
IN_PROCESS = {"autograder/judge/driver.py": "worker", "autograder/suites/conftest.py": "worker"}


@dataclass(frozen=True)
class Zone:
    """Files and what they may import.

    Attributes:
        files: globs from the top of the repository.
        allowed: dotted names; what lies below one is allowed too, and so is the standard library. None: anything.
        lazily: what may only be imported inside a function, so that nobody else waits for it or needs it.
        typing: what may only be imported for annotations, below `if TYPE_CHECKING:`.
        forbidden: what may not be imported although `allowed` says so.
        skip: globs of files that other zones describe.
    """

    files: tuple[str, ...]
    allowed: tuple[str, ...] | None
    lazily: tuple[str, ...] = ()
    typing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


ZONES = {
    "stages": Zone(
        ("solutions/stages/*.py", "assignment/stages/*.py"),
        LIBRARIES,
        lazily=("torchvision", "kornia"),  # a second or two that the other stages need not pay
        typing=("stages",),  # so that a broken stage takes no other down
    ),
    "experiments": Zone(
        ("assignment/experiments/**/*.py",),
        ("experiments", "stages", "data_stubs", "torchvision", "rich", "jinja2", "markupsafe", "mistune", *LIBRARIES),
        lazily=("wandb", "torch.utils.tensorboard", "sklearn.manifold"),
    ),
    "visible suites": Zone(
        ("tests/*.py",), ("stages", "data_stubs", "pytest", "expect", "toys", "torchvision", *LIBRARIES)
    ),
    "data_stubs": Zone(("data_stubs/**/*.py",), ("data_stubs", "numpy", "PIL", "autograder.errors")),
    # What works where the instructor's side is missing; a new file of it goes into handout.STUDENT_SIDE.
    "student side": Zone(
        tuple(f"autograder/{name}" for name in handout.STUDENT_SIDE if name.endswith(".py")),
        ("data_stubs", "pytest", "_pytest", "rich", "watchfiles", "IPython", "torch", "matplotlib", *STUDENT_MODULES),
    ),
    # Solutions are read as text; a submission is imported where it runs, and by a computed name (see BY_NAME).
    "autograder": Zone(
        ("autograder/**/*.py",),
        None,
        forbidden=("stages", "solutions", "assignment", "experiments", "tests", "bank", "autograder.suites"),
        skip=("autograder/suites/*.py",),
    ),
    # The judge's side: it asks through the `student` fixture and imports no code of a submission.
    "hidden suites": Zone(
        ("autograder/suites/*.py",),
        ("autograder.suites", "autograder.judge.proxy", "autograder.rpc", "pytest", "torchvision", *LIBRARIES),
        lazily=("autograder.worker.executor",),  # by hand only, see IN_PROCESS
    ),
}

# Files that import a module by a computed name, and what the name begins with where the code says so.
BY_NAME = {
    "assignment/experiments/__main__.py": {"experiments."},
    "autograder/__main__.py": {"?"},  # the modules of its table of commands
    "autograder/misconceptions/__init__.py": {"?"},  # the stage's known mistakes
    "autograder/runner/child.py": {"?"},  # the driver, and what its suite imports anyway
    "autograder/runner/forkserver_main.py": {"_pytest.", "?"},  # libraries, before any submission is there
    "autograder/runner/pytest_plugin.py": {"stages.", "?"},  # the submission, and the driver
    "autograder/worker/executor.py": {"stages."},  # the submission
    "autograder/worker/main.py": {"?"},  # libraries, before any submission is there
}


@dataclass(frozen=True)
class Import:
    """One imported name: `torch.nn` for `import torch.nn`, `torch.Tensor` for `from torch import Tensor`."""

    name: str
    line: int
    lazy: bool
    typing: bool
    computed: bool = False


def imports(tree: ast.Module, package: str) -> Iterator[Import]:
    """Yields what a file imports, statements and calls of import_module alike.

    Args:
        tree: the file.
        package: the dotted name of its folder, for relative imports.
    """

    def visit(node: ast.AST, lazy: bool, typing: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy, typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(f"{base}.{alias.name}", node.lineno, lazy, typing) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            given = node.args[0] if node.args else node.keywords[0].value
            start = given.values[0] if isinstance(given, ast.JoinedStr) else given
            text = str(start.value) if isinstance(start, ast.Constant) else "?"
            yield Import(text, node.lineno, lazy, typing, computed=not isinstance(given, ast.Constant))
        for child in ast.iter_child_nodes(node):
            inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            only_typing = typing or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
            yield from visit(child, inside, only_typing)

    return visit(tree, False, False)


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def is_standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


def files(root: Path, zone: Zone) -> list[Path]:
    skipped = {path for pattern in zone.skip for path in root.glob(pattern)}
    found = {path for pattern in zone.files for path in root.glob(pattern)} - skipped
    return sorted(path for path in found if "__pycache__" not in path.parts)


def violations(root: Path, zone: Zone) -> list[str]:
    """What the files of a zone import and may not, a sentence each."""
    found = []
    for path in files(root, zone):
        name = path.relative_to(root).as_posix()
        package = ".".join(path.relative_to(root).parent.parts)
        for item in imports(ast.parse(path.read_text(encoding="utf-8")), package):
            place = f"{name}, line {item.line}: "
            if item.computed:
                if item.name not in BY_NAME.get(name, ()):
                    found.append(f"{place}imports a module by a computed name ({item.name}…)")
            elif within(item.name, zone.forbidden):
                found.append(f"{place}may not import {item.name}")
            elif within(item.name, zone.lazily) and not within(item.name, zone.allowed or ()):
                if not (item.lazy or item.typing):
                    found.append(f"{place}may import {item.name} only inside a function")
            elif within(item.name, zone.typing):
                if not item.typing:
                    found.append(f"{place}may import {item.name} only for annotations (TYPE_CHECKING)")
            elif not (zone.allowed is None or within(item.name, zone.allowed) or is_standard(item.name)):
                found.append(f"{place}may not import {item.name}")
    return found


def edges(root: Path, lazy: bool = True) -> dict[str, set[str]]:
    """Returns which of the grader's packages, and files beside them, import which others.

    Args:
        root: the checkout.
        lazy: whether imports of IN_PROCESS count.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((root / "autograder").rglob("*.py")):
        name, parts = path.relative_to(root).as_posix(), path.relative_to(root / "autograder").parts
        package = parts[0].removesuffix(".py")
        named = found.setdefault(package, set())
        for item in imports(ast.parse(path.read_text(encoding="utf-8")), ".".join(("autograder", *parts[:-1]))):
            top, _, rest = item.name.partition(".")
            other = rest.partition(".")[0]
            in_process = item.lazy and IN_PROCESS.get(name) == other
            if top == "autograder" and other not in ("", package) and (lazy or not in_process):
                named.add(other)
    found.pop("__init__", None)
    return found


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Returns packages that import each other in a circle; none if there is no circle."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_every_package_imports_what_its_row_says_and_no_more(root):
    assert edges(root, lazy=False) == PACKAGES


def test_the_packages_have_no_circle(root):
    assert circle(edges(root)) == []


def test_a_planted_circle_is_found():
    assert circle({"judge": {"runner"}, "runner": {"text", "judge"}, "text": set()}) in (
        ["judge", "runner", "judge"],
        ["runner", "judge", "runner"],
    )


def test_a_worker_and_a_judge_do_not_know_each_other(root):
    """What the table says, once more in words: a row that is changed with the code would hide it."""
    found = edges(root, lazy=False)
    assert found["worker"] <= {"rpc", "sandbox", "advice", "audit_events"}
    assert "worker" not in found["judge"] | found["suites"] | found["student"] | found["runner"]
    assert not {"judge", "suites", "grading"} & (found["student"] | found["runner"] | found["submissions"])
    assert not [name for name, others in found.items() if "suites" in others]


def test_the_files_that_run_a_submission_in_the_tests_own_process_do_so(root):
    for name, other in IN_PROCESS.items():
        found = list(imports(ast.parse((root / name).read_text(encoding="utf-8")), "x"))
        assert [item for item in found if item.lazy and item.name.startswith(f"autograder.{other}.")], name


def test_the_handout_has_whole_packages_of_the_students_side_and_nothing_of_the_instructors(root):
    names = [name for name in handout.collect(root) if name.startswith("autograder/")]
    packages = {name.split("/")[1] for name in names if name.count("/") > 1}
    assert packages == {"runner", "student", "submissions"}
    for package in ("runner", "student"):
        there = {path for path in (root / "autograder" / package).iterdir() if path.suffix in (".py", ".ini")}
        assert {path.relative_to(root).as_posix() for path in there} <= set(names)


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_imports_only_what_it_may(name, root):
    assert files(root, ZONES[name]), "no files: has the folder moved?"
    assert violations(root, ZONES[name]) == []


def test_every_python_file_of_the_map_belongs_to_a_zone(root):
    zoned = {path for zone in ZONES.values() for path in files(root, zone)}
    folders = ("solutions", "assignment", "autograder", "data_stubs")
    every = {path for folder in folders for path in (root / folder).rglob("*.py")} | set((root / "tests").glob("*.py"))
    assert sorted(path for path in every - zoned if "__pycache__" not in path.parts) == []


def test_the_list_of_computed_imports_holds_nothing_that_is_gone(root):
    for name, starts in BY_NAME.items():
        tree = ast.parse((root / name).read_text(encoding="utf-8"))
        assert starts == {item.name for item in imports(tree, "x") if item.computed}, name


# (zone, file, code, what the sentence ends with): a violation planted into an empty tree has to be found.
PLANTED = [
    ("stages", "solutions/stages/protonet.py", "from autograder import rubric", "may not import autograder.rubric"),
    (
        "stages",
        "solutions/stages/protonet.py",
        "def f():\n    import sklearn.metrics",
        "may not import sklearn.metrics",
    ),
    (
        "stages",
        "solutions/stages/protonet.py",
        "from stages.episodes import Episode",
        "only for annotations (TYPE_CHECKING)",
    ),
    (
        "stages",
        "solutions/stages/protonet.py",
        "from .episodes import Episode",
        "may not import solutions.stages.episodes.Episode",
    ),
    ("stages", "assignment/stages/simclr.py", "import torchvision", "only inside a function"),
    ("stages", "assignment/stages/simclr.py", "from kornia import augmentation", "only inside a function"),
    ("experiments", "assignment/experiments/run.py", "import solutions.stages", "may not import solutions.stages"),
    (
        "experiments",
        "assignment/experiments/run.py",
        "from autograder.student.check import main",
        "import autograder.student.check.main",
    ),
    ("experiments", "assignment/experiments/run.py", "import wandb", "only inside a function"),
    (
        "visible suites",
        "tests/test_protonet.py",
        "from autograder.suites import expect",
        "import autograder.suites.expect",
    ),
    ("visible suites", "tests/test_protonet.py", "import solutions", "may not import solutions"),
    ("data_stubs", "data_stubs/omniglot.py", "import torch", "may not import torch"),
    ("data_stubs", "data_stubs/omniglot.py", "from autograder import runner", "may not import autograder.runner"),
    (
        "student side",
        "autograder/student/check.py",
        "from autograder.judge.proxy import Student",
        "may not import autograder.judge.proxy.Student",
    ),
    (
        "student side",
        "autograder/student/check.py",
        "def f():\n    import autograder.release",
        "may not import autograder.release",
    ),
    ("student side", "autograder/student/watch.py", "import nbgrader", "may not import nbgrader"),
    ("autograder", "autograder/judge/x.py", "import stages.protonet", "may not import stages.protonet"),
    ("autograder", "autograder/judge/x.py", "def f():\n    from stages import nt", "may not import stages.nt"),
    (
        "autograder",
        "autograder/judge/x.py",
        "from solutions.stages import protonet",
        "import solutions.stages.protonet",
    ),
    ("autograder", "autograder/reporting/page.py", "from autograder import suites", "may not import autograder.suites"),
    ("autograder", "autograder/reporting/page.py", "from .. import suites", "may not import autograder.suites"),
    ("autograder", "autograder/release/x.py", "import_module('stages.protonet')", "may not import stages.protonet"),
    ("autograder", "autograder/release/x.py", "import_module(f'stages.{m}')", "by a computed name (stages.…)"),
    ("autograder", "autograder/release/x.py", "__import__(name)", "by a computed name (?…)"),
    ("autograder", "autograder/release/x.py", "importlib.import_module(name='stages')", "may not import stages"),
    (
        "hidden suites",
        "autograder/suites/test_nt_xent.py",
        "from stages.simclr import nt_xent_loss",
        "simclr.nt_xent_loss",
    ),
]


@pytest.mark.parametrize(("zone", "file", "code", "end"), PLANTED)
def test_a_planted_violation_is_found(zone, file, code, end, tmp_path):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"import os\n{code}\n")
    found = violations(tmp_path, ZONES[zone])
    assert len(found) == 1, found
    assert found[0].startswith(f"{file}, line {2 + code.count(chr(10))}: ")
    assert found[0].endswith(end)


@pytest.mark.parametrize(
    ("zone", "file", "code"),
    [
        ("stages", "solutions/stages/report.py", "if TYPE_CHECKING:\n    from stages.episodes import Episode"),
        ("stages", "solutions/stages/simclr.py", "def f():\n    import kornia.augmentation as K"),
        ("stages", "solutions/stages/simclr.py", "import torch.nn.functional as F\nfrom matplotlib import pyplot"),
        (
            "experiments",
            "assignment/experiments/run.py",
            "def f():\n    from torch.utils.tensorboard import SummaryWriter",
        ),
        ("hidden suites", "autograder/suites/test_x.py", "from autograder.suites import expect"),
        ("autograder", "autograder/worker/executor.py", "importlib.import_module(f'stages.{name}')"),
    ],
)
def test_what_is_allowed_is_not_reported(zone, file, code, tmp_path):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"{code}\n")
    assert violations(tmp_path, ZONES[zone]) == []
