"""Every hidden test stands on a sentence that a student can read: its docstring quotes one of its stage's module."""

from __future__ import annotations

import ast
import functools

import pytest

from autograder import rubric


@functools.cache
def stated(path) -> str:
    """All docstrings of a module, white space normalised."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    return "\n".join(normal(ast.get_docstring(node) or "") for node in documented)


def normal(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def demands(path) -> dict[str, str]:
    """What each hidden test of a suite says it stands on."""
    tests = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    return {test.name: normal(ast.get_docstring(test) or "") for test in tests if test.name.startswith("test_")}


@pytest.mark.parametrize("stage", [stage.id for stage in rubric.STAGES])
def test_every_hidden_test_quotes_what_the_student_was_told(root, stage):
    module = root / "assignment" / "stages" / f"{rubric.get(stage).module}.py"
    quoted = demands(root / "autograder" / "suites" / f"test_{stage}.py")
    assert quoted
    assert {name: demand for name, demand in quoted.items() if len(demand) < 12 or demand not in stated(module)} == {}
