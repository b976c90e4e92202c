"""Checkpoints: written so that a crash at any moment leaves the previous one intact, with every random state.

A checkpoint is a dictionary of tensors, numbers, text and containers of these; it is read back with
`weights_only=True`, so a checkpoint from a stranger runs no code.
"""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint as `write` does."""
    write(path, state, ".part")


def write(path: Path, content: Any, ending: str) -> None:
    """Writes what torch can save to `path`: to a neighbour first, flushed to the disk, then renamed over the old file.

    Args:
        path: the file; its folder is made if it is missing.
        content: tensors, numbers, text and containers of these.
        ending: the end of the neighbour's name; each process has its own where several may write the same file.

    Raises:
        OSError: it could not be written, for example because the disk is full; the old file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(path.name + ending)
    saved = io.BytesIO()  # torch.save straight into a file does not say why the file could not be written
    torch.save(content, saved)
    try:
        with neighbour.open("wb") as file:
            file.write(saved.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(neighbour, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        neighbour.unlink(missing_ok=True)
    if os.name == "posix":  # the rename itself reaches the disk with the folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def load(path: Path) -> Any:
    """Returns what `save` wrote, with every tensor on the CPU."""
    return torch.load(path, map_location="cpu", weights_only=True)


def rng_state() -> dict[str, Any]:
    """Returns the state of every global random generator that a stage may draw from."""
    version, numbers, gauss = random.getstate()
    kind, keys, position, has_gauss, cached = np.random.get_state()
    state: dict[str, Any] = {
        "python": (version, list(numbers), gauss),
        "numpy": (kind, torch.from_numpy(np.asarray(keys, dtype=np.int64)), position, has_gauss, cached),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()  # of this process's GPU; asking the others would occupy them
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_rng_state(state: dict[str, Any]) -> None:
    """Puts every generator back into the state that `rng_state` found."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    kind, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"])


def seed_everything(seed: int) -> None:
    """Seeds every global random generator that a stage may draw from."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)  # all devices
