"""What the tests here share: the reference on the path, processes that run it, and the options of small runs.

The fixtures made of these, `reference` and `data_root`, are in `conftest.py`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SOLUTIONS, ASSIGNMENT = ROOT / "solutions", ROOT / "assignment"
ALONE = ["--precision", "float32", "--threads", "1", "--device", "cpu"]
PROTONET = [
    *("--n-way", "4", "--train-shots", "1", "--n-query", "3", "--n-episodes", "9", "--validate-every", "4"),
    *("--validation-episodes", "2", "--hidden-channels", "4", "--embedding-channels", "8", "--test-ways", "3"),
    *("--test-shots", "1", "--test-queries", "2", *ALONE),
]
SIMCLR = ["--epochs", "2", "--batch-size", "16", "--warmup-epochs", "1", *ALONE]


@contextlib.contextmanager
def importable(*folders: Path, modules: Collection[str] = ("stages", "experiments")) -> Iterator[None]:
    """Puts folders first on the path, where these modules are to be found, and leaves everything as it was."""
    import torch

    def ours() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] in modules]

    before, path, threads = {name: sys.modules.pop(name) for name in ours()}, list(sys.path), torch.get_num_threads()
    sys.path[:0] = map(str, folders)
    yield
    for name in ours():
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path
    torch.set_num_threads(threads)  # runs set them


def environment(stages: Path = SOLUTIONS) -> dict[str, str]:
    """Returns the environment for a process that imports `experiments`, and `stages` from that folder."""
    folders = map(str, (stages, ASSIGNMENT, ROOT))
    return os.environ | {"PYTHONPATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"}


def python(*arguments: str, stages: Path = SOLUTIONS, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs Python in a process of its own, to the end."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment(stages), capture_output=True, text=True, timeout=250, check=False, **options
    )


def open_run(folder: Path, data_root: Path, **values: object) -> Any:
    """Returns a run of SimCLR in a folder, with a small configuration; `values` are in place of its own."""
    from experiments.simclr import SimCLRConfig
    from experiments.training.run import Options, Run

    config = dataclasses.replace(SimCLRConfig(precision="float32", probe_epochs=2), **values)  # type: ignore[arg-type]
    return Run("simclr", config, Options(output=folder, data_root=data_root, threads=1, device="cpu"), "test")
