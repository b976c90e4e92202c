"""Omniglot: images of 1,623 characters, read with the stage `read_omniglot` and split as in the papers."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from experiments.training import checkpoint
from experiments.training.errors import Mistake

OMNIGLOT = ("omniglot-py/images_background", "omniglot-py/images_evaluation")


class Characters(NamedTuple):
    """Omniglot images with their classes.

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
    """Reads Omniglot and splits its characters.

    Args:
        root: the data root.
        protocol: `homework` trains on the background alphabets and tests on the evaluation alphabets; one background
            character in eight is kept for validation. `paper` takes the split of Vinyals et al. 2016 from
            `splits/vinyals`, or a random one in the same proportions where these lists are absent.
        image_size: height and width of the images, in pixels.
        seed: the seed of the random choices.
    """
    background, evaluation = (_read_cached(root / folder, image_size) for folder in OMNIGLOT)
    generator = torch.Generator().manual_seed(seed)
    if protocol == "homework":
        train, validation = _split(background.names, (len(background.names) + 7) // 8, generator)
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
        rest, test = _split(everything.names, round(n_classes * 423 / 1623), generator)
        train, validation = _split(rest, round(n_classes * 172 / 1623), generator)
        parts = [train, validation, test]
        description = f"random split in the paper's proportions (seed {seed}); the lists of Vinyals et al. are absent"
    training, validating, testing = (everything.select(part) for part in parts)
    return OmniglotSplit(training, validating, testing, description)


def _split(names: list[str], n_second: int, generator: torch.Generator) -> tuple[list[str], list[str]]:
    order = [names[index] for index in torch.randperm(len(names), generator=generator).tolist()]
    return sorted(order[n_second:]), sorted(order[:n_second])


def _read_cached(folder: Path, image_size: int) -> Characters:
    """Reads a folder of alphabets with the stage `read_omniglot`, or loads what an earlier run decoded.

    The cache lies beside the folder. Its name depends on the stage's source, so that a corrected stage reads the images
    again.
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
        with contextlib.suppress(OSError):  # a read-only data folder: read the images each time
            checkpoint.write(cache, (images, labels), f".{os.getpid()}")
    if len(images) != len(labels) or int(labels.max()) + 1 != len(names):
        raise Mistake(
            f"read_omniglot found {int(labels.max()) + 1} classes in {folder}, which has {len(names)} characters: "
            "run make check STAGE=read_omniglot."
        )
    return Characters(images, labels, names)
