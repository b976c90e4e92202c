"""A run's folder: what was asked (config.json) of which code (stages.json) and where (environment.json), what happened
(metrics.jsonl), and the checkpoints from which it goes on bit for bit.

A run consists of phases (`train`, or `pretrain`, `probe-homework`, …). Each has one checkpoint, which also remembers
how long metrics.jsonl was: what was logged after the checkpoint is cut off on resuming, and written again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import torch

from experiments import checkpoint
from experiments.console import Progress, StopRequest
from experiments.errors import Interrupted, Mistake
from experiments.loggers import open_logger
from experiments.preflight import NEEDS


@dataclasses.dataclass(frozen=True)
class Options:
    """How and where to run; nothing here changes what is computed, except for rounding.

    Attributes:
        preset: the preset whose values were the defaults.
        data_root: the folder that holds `omniglot-py` and `cifar-10-batches-py`; else the environment variable
            DATA_ROOT, else `.data`. The preset smoke makes stand-ins of its own unless this is given.
        output: where to write; the experiment's name is appended. Empty for `runs/<preset>`.
        logger: where metrics go besides metrics.jsonl.
        device: `auto` takes a GPU if there is one.
        threads: how many CPU threads torch may use; 0 leaves it to torch.
        data_note: a remark about the data for the report, such as which copy it is; else the variable DATA_NOTE.
        fresh: start over, deleting what an earlier run left in the output folder.
    """

    preset: str = "cpu"
    data_root: Path | None = None
    output: Path | None = None
    logger: Literal["none", "tensorboard", "wandb"] = "none"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = 0
    data_note: str = ""
    fresh: bool = False


class Run:
    """One experiment's folder, open for writing; use it in a `with`.

    Attributes:
        directory: the folder.
        device: where to compute.
        stop: the loops of the phases run `with run.stop` and leave when `run.stop.asked`.
    """

    def __init__(self, experiment: str, config: Any, options: Options, command: str):
        self.experiment, self.config, self.options, self.command = experiment, config, options, command
        self.directory = (options.output or Path("runs") / options.preset) / experiment
        if options.threads:
            torch.set_num_threads(options.threads)
        self.device = pick_device(options.device)
        if options.fresh and (self.directory / "config.json").exists():
            shutil.rmtree(self.directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._claim("config.json", json.loads(json.dumps(dataclasses.asdict(config), default=str)), "configuration")
        self._claim("stages.json", fingerprints(experiment), "code in stages")
        text = json.dumps(environment(self.device, self.command, self.options), indent=2)
        (self.directory / "environment.json").write_text(text + "\n", encoding="utf-8")
        self._logger = open_logger(options.logger, self.directory, dataclasses.asdict(config))
        self.metrics_path = self.directory / "metrics.jsonl"
        self._metrics = self.metrics_path.open("ab")
        self.stop = StopRequest()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._metrics.close()
        self._logger.close()

    def _claim(self, name: str, content: dict[str, Any], what: str) -> None:
        """Writes what this run is made from, unless the folder holds a run made from something else."""
        path = self.directory / name
        if path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            changed = [key for key in sorted(before.keys() | content.keys()) if before.get(key) != content.get(key)]
            if changed:
                raise Mistake(
                    f"{self.directory} holds a run with another {what} ({', '.join(changed)}): give another --output, "
                    "or --fresh to start over (make train ARGS=--fresh)."
                )
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def phase(self, name: str) -> Phase:
        """Returns the phase of that name, as far as an earlier run has brought it."""
        return Phase(self, name)

    def progress(self, name: str, total: int, done: int) -> Progress:
        """Returns a progress bar that knows how many steps were done before."""
        return Progress(f"{self.experiment} {name}", total, done)

    def log(self, phase: str, step: int, values: dict[str, float]) -> None:
        """Appends a line to metrics.jsonl: {"phase": …, "step": …, and the values}."""
        plain = {name: float(value) for name, value in values.items()}
        line = json.dumps({"phase": phase, "step": step, **plain})
        self._metrics.write(line.encode() + b"\n")
        self._metrics.flush()
        self._logger.log(phase, step, plain)

    def metrics(self, phase: str) -> list[dict[str, Any]]:
        """Returns the lines of a phase, in the order in which they were logged."""
        lines = [json.loads(line) for line in self.metrics_path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["phase"] == phase]

    def metrics_size(self) -> int:
        """Returns the length of metrics.jsonl in bytes, once all of it is on the disk."""
        os.fsync(self._metrics.fileno())
        return self.metrics_path.stat().st_size

    def cut_metrics(self, size: int) -> None:
        """Forgets what was logged after the checkpoint that remembers this size."""
        self._metrics.truncate(min(size, self.metrics_path.stat().st_size))


class Phase:
    """One resumable part of a run.

    Attributes:
        state: what the last checkpoint holds, or None if the phase has not begun.
        done: whether the phase is over.
    """

    def __init__(self, run: Run, name: str):
        self.run, self.name = run, name
        self.path = run.directory / "checkpoints" / f"{name}.pt"
        self.state = checkpoint.load(self.path) if self.path.exists() else None
        self.done = bool(self.state and self.state["done"])
        self._before = self.state["seconds"] if self.state else 0.0
        self._began = time.monotonic()

    def resume(self) -> dict[str, Any] | None:
        """Puts metrics and random generators back to where the checkpoint was made, and returns its state."""
        if self.state is not None and not self.done:
            self.run.cut_metrics(self.state["metrics_size"])
            checkpoint.set_rng_state(self.state["rng"])
        self._began = time.monotonic()
        return self.state

    @property
    def seconds(self) -> float:
        """How long the phase took so far, in all runs together."""
        return self._before if self.done else self._before + time.monotonic() - self._began

    def save(self, done: bool = False, **state: Any) -> None:
        """Writes the phase's checkpoint."""
        state |= {"rng": checkpoint.rng_state(), "metrics_size": self.run.metrics_size()}
        state |= {"seconds": self.seconds, "done": done}
        checkpoint.save(self.path, state)
        if done:
            self._before, self.done, self.state = state["seconds"], True, state

    def interrupted(self) -> Interrupted:
        """Returns the exception with which a phase leaves after Ctrl-C, its checkpoint written."""
        return Interrupted(f"stopped; the same command goes on from {self.path}.")


def pick_device(name: str) -> torch.device:
    """Returns the device of that name, or for `auto` the best one there is."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available[name]:
        there = ", ".join(kind for kind, there in available.items() if there)
        raise Mistake(f"--device {name} was asked for, but torch finds only: {there}.")
    return torch.device(name)


def fingerprints(experiment: str) -> dict[str, str]:
    """Returns a hash of each stage file on which the experiment's figures depend: a run must not go on with others."""
    files = [Path(sys.modules[f"stages.{name}"].__file__ or "") for name in NEEDS[experiment]]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


def environment(device: torch.device, command: str, options: Options) -> dict[str, Any]:
    """Returns what may matter to someone who wants the same figures again."""
    return {
        "command": command,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "platform": platform.platform(),
        "revision": _revision(),
        "data_note": options.data_note or os.environ.get("DATA_NOTE", ""),
    }


def _processor() -> str:
    """Returns the processor's name as its maker gives it, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _revision() -> str:
    """Returns the commit of the code, with a plus sign if files differ from it; empty outside a repository."""
    where = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "-C", str(where), "describe", "--always", "--dirty=+"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return commit.stdout.strip() if commit.returncode == 0 else ""


def reproduce(experiment: str, argv: list[str]) -> str:
    """Returns the command that does this run again, as one would type it."""
    stages = sys.modules.get("stages")
    folder = Path(stages.__file__).parents[1].name if stages and stages.__file__ else "assignment"
    path = "assignment" if folder == "assignment" else f"{folder}:assignment"
    return f"PYTHONPATH={path} python -m experiments {experiment} {' '.join(argv)}".strip()
