"""Who may import whom inside the experiments, proved from the syntax trees: nothing runs up, and there is no circle."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_runs

# A folder or a file of assignment/experiments, and what else of it it may import.
MAY_IMPORT = {
    "training": (),
    "acceleration": (),
    "data": ("training",),
    "evaluation": ("data", "training"),
    "analysis": ("evaluation", "data", "training"),
    "reports": ("evaluation", "data", "training"),  # less than that: see REPORTS
    "encoders": ("acceleration", "training"),
    "protonet": ("analysis", "reports", "evaluation", "data", "training"),
    "simclr": ("encoders", "analysis", "reports", "evaluation", "data", "training"),
    "__main__": ("acceleration", "reports", "data", "training"),  # and the two programs, by a computed name
    "__init__": (),
}
# A report is drawn from a run's folder: of what measures and reads data it knows types and names, of stages no network.
REPORTS = {
    "evaluation": {"few_shot.Setting", "label_efficiency.Outcome"},
    "data": {"omniglot.OmniglotSplit", "cifar10.CIFAR_CLASSES"},
    "training": {"artifacts", "config.documentation", "errors.Mistake", "progress.duration", "run.Run"},
    "stages": {"report", "linear_eval.History", "episodes.Episode"},
}


def modules(folder: Path) -> dict[str, ast.Module]:
    """Returns the syntax tree of every module by its dotted name below `experiments`."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.Module, top: str = "experiments") -> Iterator[str]:
    """Yields the dotted names below `top` that a module imports, wherever it does so."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports are not looked at here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name.removeprefix(f"{top}.") for name in names if name.startswith(f"{top}."))


def violations(folder: Path) -> list[str]:
    """Returns what is imported and may not be, a sentence each."""
    found = []
    for name, tree in modules(folder).items():
        package = name.partition(".")[0]
        for other in imported(tree):
            target = other.partition(".")[0]
            if target != package and target not in MAY_IMPORT[package]:
                found.append(f"{name} may not import {other}")
            elif package == "reports" and other.partition(".")[2] not in REPORTS.get(target, {other.partition(".")[2]}):
                found.append(f"{name} may not import {other}: a report is drawn from the run's folder")
        if package == "reports":
            stages = set(imported(tree, "stages")) - REPORTS["stages"]
            found += [f"{name} may not import stages.{stage}" for stage in sorted(stages)]
    return found


def test_nothing_runs_up() -> None:
    assert {name.partition(".")[0] for name in modules(small_runs.ASSIGNMENT / "experiments")} == set(MAY_IMPORT)
    assert violations(small_runs.ASSIGNMENT / "experiments") == []


def test_the_packages_and_the_modules_have_no_circle() -> None:
    list(graphlib.TopologicalSorter(MAY_IMPORT).static_order())  # raises CycleError
    trees = modules(small_runs.ASSIGNMENT / "experiments")
    graph = {}
    for name, tree in trees.items():
        graph[name] = {
            next((part for part in (other, other.rpartition(".")[0]) if part in trees), "") for other in imported(tree)
        }
        assert "" not in graph[name], f"{name} imports what is not there"
    list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("training/run.py", "from experiments.data.root import data_root"),
        ("reports/parts.py", "def f():\n    from experiments.protonet import PRESETS"),
        ("reports/simclr/report.py", "from experiments.evaluation.classifiers import features"),
        ("reports/record.py", "from experiments.training.checkpoint import load"),
        ("reports/protonet/sections.py", "from stages.protonet import ProtoNet"),
        ("acceleration/malloc.py", "from experiments import encoders"),
        ("evaluation/knn.py", "import experiments.simclr"),
    ],
)
def test_a_planted_violation_is_found(file: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(code + "\n", encoding="utf-8")
    assert len(violations(tmp_path)) == 1
