"""A picture of what the data looks like: some drawings of Omniglot beside some images of CIFAR-10.

It reads the official layouts, so it works for the real data as well.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from PIL import Image

from autograder.errors import UserError

ROWS = 10
COLUMNS = 10
CELL = 56  # pixels
GAP = 4


def contact_sheet(root: str | Path, path: str | Path) -> Path:
    """Writes a PNG with ten characters (rows) by ten writers each and ten images of each CIFAR-10 class.

    Args:
        root: a data root that holds `omniglot-py` and `cifar-10-batches-py`.
        path: the file to write; its ending decides the format.

    Returns:
        The file.

    Raises:
        UserError: the data is not there, or the file cannot be written.
    """
    try:
        halves = [_grid(_drawings(Path(root))), _grid(_photographs(Path(root)))]
    except (OSError, IndexError) as error:
        raise UserError(f"{root} holds no complete Omniglot and CIFAR-10 to make a picture of: {error}.") from None
    height = max(half.height for half in halves)
    sheet = Image.new("RGB", (sum(half.width for half in halves) + 4 * GAP, height), "white")
    sheet.paste(halves[0], (0, 0))
    sheet.paste(halves[1], (halves[0].width + 4 * GAP, 0))
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise UserError(f"Cannot write the picture {path}: {error}.") from None
    return Path(path)


def _drawings(root: Path) -> list[list[Image.Image]]:
    """Returns the first drawings of characters taken evenly from all alphabets."""
    characters = sorted((root / "omniglot-py").glob("images_*/*/character*"))
    if not characters:
        raise FileNotFoundError("there is no omniglot-py")
    chosen = [characters[index] for index in np.linspace(0, len(characters) - 1, ROWS).round().astype(int)]
    rows = []
    for character in chosen:
        row = []
        for path in sorted(character.glob("*.png"))[:COLUMNS]:
            with Image.open(path) as file:
                row.append(file.convert("RGB"))
        rows.append(row)
    return rows


def _photographs(root: Path) -> list[list[Image.Image]]:
    """Returns the first test images of each class."""
    with (root / "cifar-10-batches-py" / "test_batch").open("rb") as file:
        batch = pickle.load(file, encoding="bytes")
    images = np.asarray(batch[b"data"]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    labels = np.array(batch[b"labels"])
    return [[Image.fromarray(image) for image in images[labels == label][:COLUMNS]] for label in range(ROWS)]


def _grid(rows: list[list[Image.Image]]) -> Image.Image:
    """Returns the images in rows, each enlarged or shrunk to one cell."""
    step = CELL + GAP
    grid = Image.new("RGB", (max(map(len, rows)) * step - GAP, len(rows) * step - GAP), "white")
    for top, row in enumerate(rows):
        for left, image in enumerate(row):
            resample = Image.Resampling.LANCZOS if image.width > CELL else Image.Resampling.BICUBIC
            grid.paste(image.resize((CELL, CELL), resample), (left * step, top * step))
    return grid
