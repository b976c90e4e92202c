"""Tests of the experiments, in the folders of `assignment/experiments`. What they share lies beside this file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module")
def reference() -> Iterator[None]:
    """Makes `stages` the reference and `experiments` the given code, for the tests of a file."""
    import small_runs

    with small_runs.importable(small_runs.SOLUTIONS, small_runs.ASSIGNMENT):
        yield


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny stand-ins of both data sets, to read: 36 characters of 8 drawings, 100 + 60 photographs."""
    from data_stubs.cifar10 import write_cifar10
    from data_stubs.omniglot import write_omniglot

    folder = tmp_path_factory.mktemp("data")
    sizes = {"background_alphabets": 4, "evaluation_alphabets": 2, "characters_per_alphabet": 6, "drawings": 8}
    write_omniglot(folder, image_size=28, **sizes)
    write_cifar10(folder, train_per_class=10, test_per_class=6)
    return folder
