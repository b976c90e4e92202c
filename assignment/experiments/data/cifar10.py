"""CIFAR-10: 60,000 photographs of ten classes, from the official batch files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from experiments.training.errors import Mistake

CIFAR_TRAIN = tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6))
CIFAR_TEST = ("cifar-10-batches-py/test_batch",)
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class Photos(NamedTuple):
    """CIFAR-10 photographs: images (N, 3, 32, 32) uint8, labels (N,) int64 in 0, …, 9."""

    images: Tensor
    labels: Tensor


def cifar10(root: Path, files: tuple[str, ...]) -> Photos:
    """Reads some of CIFAR-10's official batch files: `CIFAR_TRAIN` or `CIFAR_TEST`."""
    images, labels = [], []
    for name in files:
        with (root / name).open("rb") as file:
            try:
                batch = _PlainUnpickler(file, encoding="bytes").load()
            except (pickle.UnpicklingError, EOFError) as error:
                raise Mistake(f"{root / name} is not a CIFAR-10 batch file ({error}): run `make data`.") from None
        batch = {key.decode() if isinstance(key, bytes) else key: value for key, value in batch.items()}
        images.append(torch.from_numpy(np.array(batch["data"])).view(-1, 3, 32, 32))
        labels.append(torch.tensor(batch["labels"]))
    return Photos(torch.cat(images), torch.cat(labels))


class _PlainUnpickler(pickle.Unpickler):
    """Unpickles arrays and plain containers, and refuses everything else: a data file should not run code."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray"):
            if name in ("ndarray", "dtype"):
                return getattr(np, name)
            if name == "_reconstruct":
                return np.empty(0).__reduce__()[0]
        if (module, name) == ("_codecs", "encode"):
            import codecs

            return codecs.encode
        raise pickle.UnpicklingError(f"it wants to call {module}.{name}")
