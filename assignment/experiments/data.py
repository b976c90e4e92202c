"""The data sets in their official layouts under one folder, read once and kept in memory.

<data root>/omniglot-py/images_background/<alphabet>/character<NN>/*.png
<data root>/omniglot-py/images_evaluation/…
<data root>/omniglot-py/splits/vinyals/{train,val,trainval,test}.txt     (optional: the split of the papers)
<data root>/cifar-10-batches-py/{data_batch_1 … 5, test_batch}
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from experiments import checkpoint, distributed
from experiments.errors import Mistake
from experiments.run import Options

OMNIGLOT = ("omniglot-py/images_background", "omniglot-py/images_evaluation")
CIFAR_TRAIN = tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6))
CIFAR_TEST = ("cifar-10-batches-py/test_batch",)


def data_root(options: Options, needed: tuple[str, ...]) -> Path:
    """Returns the folder that holds the data; for the preset smoke, makes the stand-ins there, once for all processes.

    Raises:
        Mistake: something of `needed` is not there.
    """
    world, _ = distributed.join(options.device)
    return world.first(lambda: _data_root(options, needed))


def _data_root(options: Options, needed: tuple[str, ...]) -> Path:
    if options.preset == "smoke" and options.data_root is None:
        root = (options.output or Path("runs") / options.preset) / "data"
        if not all((root / path).exists() for path in needed):
            print(f"making stand-ins for the data in {root} …", flush=True)
            if subprocess.run([sys.executable, "-m", "data_stubs", str(root)]).returncode:
                raise Mistake(f"the stand-ins for the data could not be made in {root}; see above.")
    else:
        root = options.data_root or Path(os.environ.get("DATA_ROOT") or ".data")
    missing = [path for path in needed if not (root / path).exists()]
    if missing:
        raise Mistake(
            f"{root / missing[0]} is missing: run `make data` to download it, set DATA_ROOT to the folder that holds "
            "it, or take PRESET=smoke, which needs no data."
        )
    return root


class Characters(NamedTuple):
    """Omniglot drawings with their classes.

    Attributes:
        images: (N, 1, S, S) float32 in [0, 1].
        labels: (N,) int64.
        names: `<alphabet>/<character>` of each class.
    """

    images: Tensor
    labels: Tensor
    names: list[str]

    def select(self, wanted: list[str]) -> Characters:
        """Returns the named classes only, numbered from 0 in their old order."""
        kept = [index for index, name in enumerate(self.names) if name in set(wanted)]
        new = torch.full((len(self.names),), -1)
        new[kept] = torch.arange(len(kept))
        mask = new[self.labels] >= 0
        return Characters(self.images[mask], new[self.labels[mask]], [self.names[index] for index in kept])


class OmniglotSplit(NamedTuple):
    """Which characters to train on, to validate on, to test on; and how they were chosen, in words."""

    train: Characters
    validation: Characters
    test: Characters
    description: str


def omniglot(root: Path, protocol: Literal["paper", "homework"], image_size: int, seed: int) -> OmniglotSplit:
    """Reads Omniglot and divides its characters.

    Args:
        root: the data root.
        protocol: `homework` trains on the background alphabets and tests on the evaluation alphabets; one background
            character in eight is kept for validation. `paper` takes the split of Vinyals et al. 2016 from
            `splits/vinyals`, or where these lists are absent a random one of the same proportions.
        image_size: height and width of the images, in pixels.
        seed: of the random choices.
    """
    background, evaluation = (_read_cached(root / folder, image_size) for folder in OMNIGLOT)
    generator = torch.Generator().manual_seed(seed)
    if protocol == "homework":
        train, validation = _divide(background.names, (len(background.names) + 7) // 8, generator)
        return OmniglotSplit(
            background.select(train),
            background.select(validation),
            evaluation,
            "homework: background alphabets to train, evaluation alphabets to test",
        )
    shifted = evaluation.labels + len(background.names)
    everything = Characters(
        torch.cat([background.images, evaluation.images]),
        torch.cat([background.labels, shifted]),
        background.names + evaluation.names,
    )
    lists = root / "omniglot-py" / "splits" / "vinyals"
    if lists.is_dir():
        parts = [(lists / f"{part}.txt").read_text(encoding="utf-8").split() for part in ("train", "val", "test")]
        unknown = sorted(set().union(*parts) - set(everything.names))
        if unknown:
            raise Mistake(f"{lists} names {len(unknown)} characters that are not in the data, such as {unknown[0]}.")
        description = "paper: the split of Vinyals et al. 2016"
    else:
        n_classes = len(everything.names)
        rest, test = _divide(everything.names, round(n_classes * 423 / 1623), generator)
        train, validation = _divide(rest, round(n_classes * 172 / 1623), generator)
        parts = [train, validation, test]
        description = f"random split in the paper's proportions (seed {seed}); the lists of Vinyals et al. are absent"
    training, validating, testing = (everything.select(part) for part in parts)
    return OmniglotSplit(training, validating, testing, description)


def _divide(names: list[str], n_second: int, generator: torch.Generator) -> tuple[list[str], list[str]]:
    order = [names[index] for index in torch.randperm(len(names), generator=generator).tolist()]
    return sorted(order[n_second:]), sorted(order[:n_second])


def _read_cached(folder: Path, image_size: int) -> Characters:
    """Reads a folder of alphabets with the stage `read_omniglot`, or takes what an earlier run decoded.

    The cache lies beside the folder. Its name depends on the stage's source, so that a corrected stage reads anew.
    """
    import stages.omniglot

    names = [f"{path.parent.name}/{path.name}" for path in sorted(folder.glob("*/*")) if path.is_dir()]
    source = Path(stages.omniglot.__file__).read_bytes()
    key = hashlib.sha256(repr((image_size, names)).encode() + source).hexdigest()[:12]
    cache = folder.parent / "cache" / f"{folder.name}-{image_size}-{key}.pt"
    if cache.exists():
        images, labels = checkpoint.load(cache)
    else:
        images, labels = stages.omniglot.read_omniglot(folder, image_size)
        with contextlib.suppress(OSError):  # a read-only data folder: read the drawings each time
            checkpoint.save(cache, (images, labels), f".{os.getpid()}")
    if len(images) != len(labels) or int(labels.max()) + 1 != len(names):
        raise Mistake(
            f"read_omniglot found {int(labels.max()) + 1} classes in {folder}, which has {len(names)} characters: "
            "run make check STAGE=read_omniglot."
        )
    return Characters(images, labels, names)


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


CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


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


def download(root: Path) -> None:
    """Downloads the official archives through torchvision, which verifies their checksums."""
    from torchvision.datasets import CIFAR10, Omniglot

    try:
        for background in (True, False):
            Omniglot(str(root), background=background, download=True)
        CIFAR10(str(root), download=True)
    except (OSError, RuntimeError) as error:
        raise Mistake(
            f"The data cannot be downloaded ({str(error).splitlines()[0]}): with a network, run `make data` again; "
            "without one, set DATA_ROOT to a folder that holds omniglot-py and cifar-10-batches-py, or take "
            "PRESET=smoke, which needs no data."
        ) from None
    print(f"Omniglot and CIFAR-10 are in {root}.")
