"""A stand-in for CIFAR-10: ten classes of drawn objects, told apart by silhouette and coat (see `shapes.py`).

A contrastive method learns what two crops of an image share with each other and not with other images. On photographs
that is the object, because photographs differ in a thousand ways; on drawings it could be a shade of colour. So what
should not be learnt is made useless here: every image has the same average colour and contrast, its colours change from
place to place, and the object's place, size, tilt, shade and the direction it faces are drawn anew for every image.
Grain hides the object from an untrained network. What is left are silhouette and coat, and they define the class: crop,
flip, colour jitter and greyscale keep them.

The files are those of the official python version:

    cifar-10-batches-py/data_batch_1 … data_batch_5, test_batch, batches.meta
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_stubs import python2_pickle
from data_stubs.folder import new_dataset
from data_stubs.shapes import CLASSES, Array

FOLDER = "cifar-10-batches-py"
CLASS_NAMES = tuple(CLASSES)
SIZE = 32
N_TRAIN_BATCHES = 5

OBJECT_SIZE = (0.85, 1.15)  # of the image
COAT_CONTRAST = (0.4, 0.7)  # how strongly the coat shows
GREYS = ((0.8, 0.5, 0.25), (0.2, 0.5, 0.75), (0.35, 0.7, 0.1), (0.65, 0.3, 0.9))  # the coat's two shades, background
TINT = 0.12  # strength of the colours
TINT_CELLS = 6  # patches of colour from one side of the image to the other
CLOUDS = 0.05  # strength of the background's light and shade
CONTRAST = 0.2  # standard deviation of an image's values before the grain
GRAIN = 0.16  # standard deviation of the grain


def write_cifar10(root: str | Path, *, seed: int = 0, train_per_class: int = 200, test_per_class: int = 100) -> Path:
    """Writes the stand-in, or does nothing if it is there already with the same settings.

    Args:
        root: the folder that `cifar-10-batches-py` goes into; made if it does not exist.
        seed: the same seed and sizes give the same bytes.
        train_per_class: images of each class in the five training batches together.
        test_per_class: images of each class in the test batch.

    Returns:
        The folder `root/cifar-10-batches-py`.

    Raises:
        UserError: `root` is a file, or it holds a CIFAR-10 of other settings or one that we did not make.
        ValueError: a size is not positive.
    """
    settings = {"seed": seed, "train_per_class": train_per_class, "test_per_class": test_per_class}
    if min(train_per_class, test_per_class) < 1:
        raise ValueError(f"There must be at least one image of each class in train and test, not {settings}.")
    with new_dataset(Path(root), FOLDER, settings) as folder:
        if folder is not None:
            _write_train(folder, np.random.default_rng([seed, 2]), train_per_class)
            _write_test(folder, np.random.default_rng([seed, 3]), test_per_class)
    return Path(root) / FOLDER


def render(label: int, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draws images of one class.

    Args:
        label: 0 to 9, in the official order of the classes.
        count: N.
        rng: the source of everything in which the images differ.

    Returns:
        (N, 3, 32, 32) uint8, RGB.
    """
    silhouette, coat = CLASSES[CLASS_NAMES[label]]
    u, v, pixel = _object_coordinates(count, rng)
    coverage = np.clip(0.5 - silhouette(u, v) / pixel, 0, 1)[:, None]  # (N, 1, 32, 32), soft by a pixel at the rim
    pattern = np.clip(coat(u + _uniform(rng, count, -0.5, 0.5), v + _uniform(rng, count, -0.5, 0.5)), -1, 1)
    weight = 0.5 + 0.5 * (_uniform(rng, count, *COAT_CONTRAST) * pattern)[:, None]
    greys = np.array(GREYS, np.float32)[rng.integers(0, len(GREYS), count)] + rng.uniform(-0.08, 0.08, (count, 3))
    one, other, background = greys.T[:, :, None, None, None].astype(np.float32)  # (N, 1, 1, 1) each
    thing = weight * one + (1 - weight) * other + _tint(count, rng)
    scene = background + _tint(count, rng) + CLOUDS * _smooth_noise(rng, (count, 1), 5)
    image = coverage * thing + (1 - coverage) * scene
    mean, std = image.mean(axis=(2, 3), keepdims=True), image.std(axis=(1, 2, 3), keepdims=True)
    image = 0.5 + CONTRAST * (image - mean) / std + rng.normal(0, GRAIN, (count, 1, SIZE, SIZE))
    pixels: NDArray[np.uint8] = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    return pixels


def _uniform(rng: np.random.Generator, count: int, low: float, high: float) -> Array:
    """Returns a number for each image, (N, 1, 1)."""
    return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)


def _object_coordinates(count: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Returns the object's u and v at every pixel, (N, 32, 32), and the size of a pixel in them, (N, 1, 1)."""
    size = _uniform(rng, count, *OBJECT_SIZE)
    stretch = np.exp(rng.normal(0, 0.1, (count, 1, 1))).astype(np.float32)
    tilt = rng.normal(0, 0.15, (count, 1, 1)).astype(np.float32)
    facing = rng.choice(np.array([-1, 1], np.float32), (count, 1, 1))
    room = np.maximum(0.15, 1 - size)  # a large object may stick out a little
    axis = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE * 2 - 1
    x = axis[None, None, :] - _uniform(rng, count, -1, 1) * room
    y = axis[None, :, None] - _uniform(rng, count, -1, 1) * room
    u = (x * np.cos(tilt) + y * np.sin(tilt)) * facing / (size * stretch)
    v = (y * np.cos(tilt) - x * np.sin(tilt)) * stretch / size
    return u, v, 2 / SIZE / size


def _tint(count: int, rng: np.random.Generator) -> Array:
    """Returns colours that drift across the image and leave its grey alone, (N, 3, 32, 32)."""
    colours = _smooth_noise(rng, (count, 3), TINT_CELLS)
    tint: Array = TINT * (colours - colours.mean(axis=1, keepdims=True))
    return tint


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Array:
    """Returns noise around 0, (*shape, 32, 32): `cells` x `cells` random values with straight lines in between."""
    coarse = rng.normal(0, 1, (*shape, cells, cells)).astype(np.float32)
    position = np.linspace(0, cells - 1, SIZE, dtype=np.float32)[:, None]
    weights = np.clip(1 - np.abs(position - np.arange(cells, dtype=np.float32)), 0, 1)  # (32, cells)
    noise: Array = weights @ coarse @ weights.T
    return noise


def _shuffled(rng: np.random.Generator, per_class: int) -> tuple[NDArray[np.uint8], list[int], list[bytes]]:
    """Returns the images (N, 3072), labels and file names of one split in random order."""
    images = np.concatenate([render(label, per_class, rng) for label in range(len(CLASS_NAMES))])
    order = rng.permutation(len(images)).tolist()
    labels = [index // per_class for index in order]
    names = [f"{CLASS_NAMES[index // per_class]}_s_{index % per_class:06d}.png".encode() for index in order]
    return images.reshape(len(images), -1)[order], labels, names


def _write_train(folder: Path, rng: np.random.Generator, per_class: int) -> None:
    """Writes the five training batches and `batches.meta`."""
    data, labels, names = _shuffled(rng, per_class)
    edges = [len(data) * number // N_TRAIN_BATCHES for number in range(N_TRAIN_BATCHES + 1)]
    for number in range(1, N_TRAIN_BATCHES + 1):
        part = slice(edges[number - 1], edges[number])
        title = f"training batch {number} of {N_TRAIN_BATCHES}"
        _write_batch(folder / f"data_batch_{number}", title, data[part], labels[part], names[part])
    meta = {
        b"num_cases_per_batch": edges[1],
        b"label_names": [name.encode() for name in CLASS_NAMES],
        b"num_vis": data.shape[1],
    }
    (folder / "batches.meta").write_bytes(python2_pickle.dumps(meta))


def _write_test(folder: Path, rng: np.random.Generator, per_class: int) -> None:
    """Writes the test batch."""
    _write_batch(folder / "test_batch", "testing batch 1 of 1", *_shuffled(rng, per_class))


def _write_batch(path: Path, title: str, data: NDArray[np.uint8], labels: list[int], names: list[bytes]) -> None:
    """Writes one batch as the official python version has it."""
    batch = {b"batch_label": title.encode(), b"labels": labels, b"data": data, b"filenames": names}
    path.write_bytes(python2_pickle.dumps(batch))
