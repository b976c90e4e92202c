"""The folder that holds the data: where it is, what is missing in it, and how it is filled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from experiments.training import distributed
from experiments.training.errors import Mistake
from experiments.training.run import Options


def data_root(options: Options, needed: tuple[str, ...]) -> Path:
    """Returns the folder that holds the data; the preset smoke makes the stand-ins there, once for all processes.

    Raises:
        Mistake: something in `needed` is not there.
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
