"""Both stand-ins at once, in the sizes that the project uses."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from data_stubs import cifar10, omniglot
from data_stubs.folder import is_made

Size = Literal["tiny", "smoke"]

SIZES: dict[str, dict[str, dict[str, int]]] = {
    "tiny": {  # for tests: a fraction of a second
        "omniglot": {
            "background_alphabets": 2,
            "evaluation_alphabets": 1,
            "characters_per_alphabet": 5,
            "drawings": 20,
            "image_size": 28,
        },
        "cifar10": {"train_per_class": 10, "test_per_class": 5},
    },
    "smoke": {  # for `PRESET=smoke`: seconds
        "omniglot": {
            "background_alphabets": 8,
            "evaluation_alphabets": 4,
            "characters_per_alphabet": 12,
            "drawings": 20,
            "image_size": 105,
        },
        "cifar10": {"train_per_class": 200, "test_per_class": 100},
    },
}


def write_all(root: str | Path, *, seed: int = 0, size: Size = "smoke") -> tuple[Path, Path]:
    """Writes both stand-ins, or leaves them as they are if they are there with the same settings.

    Args:
        root: the folder for both; use it as DATA_ROOT.
        seed: the same seed and size give the same bytes.
        size: `tiny` for tests, `smoke` for trying out the experiments.

    Returns:
        The folders `root/omniglot-py` and `root/cifar-10-batches-py`.

    Raises:
        UserError: see `write_omniglot` and `write_cifar10`.
        ValueError: there is no such size.
    """
    if size not in SIZES:
        raise ValueError(f"size should be one of {', '.join(SIZES)}, got {size!r}")
    sizes = SIZES[size]
    for module, name in ((omniglot, "omniglot"), (cifar10, "cifar10")):
        is_made(Path(root), module.FOLDER, {"seed": seed, **sizes[name]})  # refuse before anything is written
    return (
        omniglot.write_omniglot(root, seed=seed, **sizes["omniglot"]),
        cifar10.write_cifar10(root, seed=seed, **sizes["cifar10"]),
    )
