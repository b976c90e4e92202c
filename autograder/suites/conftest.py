"""The fixtures of the hidden suites.

Run them by hand with `SUBMISSION=solutions pytest autograder/suites -o filterwarnings=default`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from autograder.judge import proxy
from autograder.judge.proxy import Student
from autograder.suites import seeds


@pytest.fixture(scope="session")
def student() -> Student:
    """The submission that the runner has connected; by hand, the one in the folder that SUBMISSION names."""
    workbench = proxy.connected()
    if workbench is None:
        from autograder.worker.executor import Workbench  # by hand only: a judge does not load a worker's code

        workbench = Workbench(Path(os.environ.get("SUBMISSION", "solutions")))
    return Student(workbench)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> torch.Generator:
    """A generator for one test, seeded by the grading's secret seed and the test's name."""
    return seeds.generator(request.node.name)
