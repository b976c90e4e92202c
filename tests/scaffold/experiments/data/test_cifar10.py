"""CIFAR-10's files are read as they were written, and run no code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_cifar_batches_are_read_as_they_were_written(data_root: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TEST, CIFAR_TRAIN, cifar10

    train, test = cifar10(data_root, CIFAR_TRAIN), cifar10(data_root, CIFAR_TEST)
    assert train.images.shape == (100, 3, 32, 32)
    assert train.images.dtype == torch.uint8
    assert test.labels.shape == (60,)
    assert torch.equal(test.labels.bincount(), torch.full((10,), 6))


def test_a_data_file_cannot_run_code(tmp_path: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TEST, cifar10
    from experiments.training.errors import Mistake

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / CIFAR_TEST[0]).write_bytes(pickle.dumps({"data": Evil(), "labels": []}))
    with pytest.raises(Mistake, match="mkdir"):
        cifar10(tmp_path, CIFAR_TEST)
    assert not (tmp_path / "owned").exists()
