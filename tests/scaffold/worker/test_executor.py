"""Stand-ins are made without waiting: what is wrong with one is said where it is used."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from autograder.judge.proxy import Student
from autograder.rpc.errors import StudentError
from autograder.worker.executor import Workbench


@pytest.fixture
def student(root: Path, monkeypatch: pytest.MonkeyPatch) -> Student:
    monkeypatch.setattr(sys, "path", list(sys.path))  # a workbench puts the submission on it
    return Student(Workbench(root / "solutions"))


def test_a_stand_in_that_cannot_be_made_fails_where_it_is_used(student: Student) -> None:
    broken = student.prop("NoSuchLayer", 3)
    layer = student.prop("Linear", 3, 2)
    assert layer(torch.ones(1, 3)).value.shape == (1, 2)
    with pytest.raises(StudentError, match="has no attribute 'NoSuchLayer'"):
        broken(torch.ones(1, 3))


def test_a_state_that_does_not_fit_fails_where_the_stand_in_is_used(student: Student) -> None:
    layer = student.prop("Linear", 3, 2)
    layer.load({"weight": torch.ones(2, 3), "bias": torch.zeros(2)})
    assert layer(torch.ones(1, 3)).value.tolist() == [[3, 3]]
    layer.load({"weight": torch.ones(5, 5)})
    with pytest.raises(StudentError, match="loading state_dict"):
        layer(torch.ones(1, 3))


def test_a_stand_in_that_comes_back_is_the_same(student: Student) -> None:
    layer = student.prop("Linear", 3, 2)
    both = student.prop("ModuleList", [layer])
    assert both.get("0") == layer


def test_what_was_let_go_is_gone_and_nothing_else_is(student: Student) -> None:
    layer, other = student.prop("Linear", 3, 2), student.prop("Linear", 3, 4)
    layer.forget()
    assert other(torch.ones(1, 3)).value.shape == (1, 4)
    with pytest.raises(StudentError):
        layer(torch.ones(1, 3))
