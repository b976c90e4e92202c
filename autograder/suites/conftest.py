"""The fixtures of the hidden suites.

Run them by hand with `SUBMISSION=solutions pytest autograder/suites -o filterwarnings=default`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from autograder.grading import student as grading
from autograder.grading.student import Student
from autograder.grading.workbench import Workbench
from autograder.suites import seeds


@pytest.fixture(scope="session")
def student() -> Student:
    """The submission that the runner has connected; by hand, the one in the folder that SUBMISSION names."""
    return Student(grading.connected() or Workbench(Path(os.environ.get("SUBMISSION", "solutions"))))


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> torch.Generator:
    """A generator of a test's own, seeded by the grading's secret seed and the test's name."""
    return seeds.generator(request.node.name)
