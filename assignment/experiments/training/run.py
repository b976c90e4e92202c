"""A run's folder: what was asked (config.json) of which code (stages.json) and where (environment.json), what happened
(metrics.jsonl), and the checkpoints from which it resumes bit for bit.

A run consists of phases (`train`, or `pretrain`, `probe-homework`, …). Each has one checkpoint, which also remembers
how long metrics.jsonl was: on resuming, what was logged after the checkpoint is cut off and written again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import torch

from experiments.training import checkpoint, distributed, environment, memory_usage
from experiments.training.environment import reproduce as reproduce
from experiments.training.errors import Interrupted, Mistake
from experiments.training.loggers import Logger, Silent, open_logger
from experiments.training.progress import Progress, StopRequest


@dataclasses.dataclass(frozen=True)
class Options:
    """How and where to run; nothing here changes what is computed, except for rounding."""

    preset: str = "cpu"
    """the preset whose values were the defaults."""
    data_root: Path | None = None
    """the folder that holds `omniglot-py` and `cifar-10-batches-py`; else the environment variable DATA_ROOT, else
    `.data`. The preset smoke makes stand-ins of its own unless this is given."""
    output: Path | None = None
    """where to write; the experiment's name is appended. Empty for `runs/<preset>`."""
    logger: Literal["none", "tensorboard", "wandb"] = "none"
    """where metrics go besides metrics.jsonl."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """`auto` takes a GPU if there is one; under torchrun, each process its own."""
    threads: int = 0
    """how many CPU threads torch may use; 0 leaves it to torch."""
    data_note: str = ""
    """a remark about the data for the report, such as which copy it is; else the variable DATA_NOTE."""
    fresh: bool = False
    """start over, deleting what an earlier run left in the output folder."""


class Run:
    """One experiment's folder, open for writing; use it in a `with`. Of several processes only rank 0 writes.

    Attributes:
        directory: the folder.
        device: where to compute.
        world: the processes that train together; a single one, except under torchrun.
        stop: the phases' loops run `with run.stop` and leave when `run.stopping()`.
    """

    def __init__(self, experiment: str, config: Any, options: Options, command: str):
        self.experiment, self.config, self.options, self.command = experiment, config, options, command
        self.directory = (options.output or Path("runs") / options.preset) / experiment
        if options.threads:
            torch.set_num_threads(options.threads)
        self.world, self.device = distributed.join(options.device)
        self.metrics_path = self.directory / "metrics.jsonl"
        self._logger: Logger = Silent()
        self.world.first(self._open)
        self._metrics = open(self.metrics_path if self.world.is_main else os.devnull, "ab")  # noqa: SIM115
        self.stop = StopRequest()

    def _open(self) -> None:
        """Makes the folder, or makes sure that the run in it is this one."""
        config, options = dataclasses.asdict(self.config), self.options
        if options.fresh and (self.directory / "config.json").exists():
            shutil.rmtree(self.directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._claim("config.json", json.loads(json.dumps(config, default=str)), "configuration")
        self._claim("stages.json", environment.fingerprints(self.experiment), "code in stages")
        where = environment.describe(self.device, self.world, self.command, options.data_note)
        text = json.dumps(where, indent=2)
        (self.directory / "environment.json").write_text(text + "\n", encoding="utf-8")
        self._logger = open_logger(options.logger, self.directory, config)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._metrics.close()
        self._logger.close()
        if kind is None or issubclass(
            kind, (Mistake, Interrupted)
        ):  # else the others may be in the middle of something
            distributed.leave()

    def stopping(self) -> bool:
        """Returns whether any of the processes was asked to stop; all have to ask this at the same place."""
        return self.world.agree(self.stop.asked or distributed.orphaned())

    def goes_on(self) -> bool:
        """Ends the training together: what follows is rank 0's alone, and False tells the other processes to leave."""
        distributed.leave()
        goes_on, self.world = self.world.is_main, distributed.World(self.world.rank)
        return goes_on

    def _claim(self, name: str, content: dict[str, Any], what: str) -> None:
        """Writes what this run is made from, unless the folder holds a run that has begun with something else."""
        path = self.directory / name
        if path.exists() and self._begun():
            before = json.loads(path.read_text(encoding="utf-8"))
            # A setting that the program no longer has, after an update, does not count as a difference.
            changed = [key for key in sorted(content) if before.get(key) != content[key]]
            if changed:
                raise Mistake(
                    f"{self.directory} holds a run with a different {what} ({', '.join(changed)}): give another "
                    "--output, or --fresh to start over (make train ARGS=--fresh)."
                )
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _begun(self) -> bool:
        """Tells whether the folder holds a step of a run; a run that failed before that has nothing to lose."""
        if self.metrics_path.exists() and self.metrics_path.stat().st_size:
            return True
        return any("rng" in checkpoint.load(path) for path in self.directory.glob("checkpoints/*.pt"))

    def phase(self, name: str) -> Phase:
        """Returns the phase of that name, as far as an earlier run got."""
        return Phase(self, name)

    def progress(self, name: str, total: int, done: int) -> Progress:
        """Returns a progress bar that knows how many steps were done before."""
        return Progress(f"{self.experiment} {name}", total, done)

    def log(self, phase: str, step: int, values: dict[str, float]) -> None:
        """Appends a line to metrics.jsonl: {"phase": …, "step": …, and the values}."""
        if not self.world.is_main:
            return
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
        """Cuts off what was logged after the checkpoint that remembers this size."""
        self._metrics.truncate(min(size, self.metrics_path.stat().st_size))


class Phase:
    """One resumable part of a run. Several processes run it together: each calls every method.

    Attributes:
        state: what the last checkpoint holds, or None if there is none yet.
        done: whether the phase is over.
        peak_memory: the peak main memory of a process, in bytes; None where the system does not tell.
        peak_device_memory: the same for a GPU's memory; None without one.
    """

    def __init__(self, run: Run, name: str):
        self.run, self.name = run, name
        self.path = run.directory / "checkpoints" / f"{name}.pt"
        saved = run.world.first(lambda: checkpoint.load(self.path) if self.path.exists() else {"done": False})
        self.done = bool(saved["done"])
        self.state: dict[str, Any] | None = saved if "rng" in saved else None
        self.peak_memory: int | None = saved.get("peak_memory")
        self.peak_device_memory: int | None = saved.get("peak_device_memory")
        self._before = saved.get("seconds", 0.0)
        self._metrics_size: int | None = saved.get("metrics_size")
        self._began = time.monotonic()

    def resume(self) -> dict[str, Any] | None:
        """Puts metrics and random generators back to where the checkpoint was made, and returns its state."""
        world = self.run.world
        if self.done:
            return self.state
        if self._metrics_size is not None and world.is_main:
            self.run.cut_metrics(self._metrics_size)
        if self.state is not None:
            states = [self.state["rng"], *self.state.get("rng_of_others", [])]
            if len(states) != world.size:
                before, now = (f"{n} process{'es' * (n > 1)}" for n in (len(states), world.size))
                raise Mistake(
                    f"{self.path} was written by {before} and cannot resume in {now}: start as many as before, or "
                    "give --fresh to start over."
                )
            checkpoint.set_rng_state(states[world.rank])
        elif not world.is_main:
            checkpoint.seed_everything(world.seed(self.run.config.seed))  # each rank draws something else
        if self.state is None and self._metrics_size is None and world.is_main:
            # Nothing but the place in metrics.jsonl, for a crash before the first checkpoint.
            checkpoint.save(self.path, {"done": False, "metrics_size": self.run.metrics_size()})
        self._began = time.monotonic()
        memory_usage.reset()
        return self.state

    @property
    def seconds(self) -> float:
        """How long the phase took so far, in all runs together."""
        return self._before if self.done else self._before + time.monotonic() - self._began

    def save(self, done: bool = False, **state: Any) -> None:
        """Writes the phase's checkpoint: the state of rank 0, and every rank's random generators."""
        world = self.run.world
        rng, *rng_of_others = world.collect(checkpoint.rng_state())
        self.peak_memory = _largest([self.peak_memory, *world.collect(memory_usage.peak())])
        self.peak_device_memory = _largest([self.peak_device_memory, *world.collect(memory_usage.device_peak())])
        state |= {"rng": rng, "rng_of_others": rng_of_others, "seconds": self.seconds, "done": done}
        state |= {"peak_memory": self.peak_memory, "peak_device_memory": self.peak_device_memory}
        if world.is_main:
            checkpoint.save(self.path, state | {"metrics_size": self.run.metrics_size()})
        world.agree(False)  # no process goes on, or leaves, before it is written
        if done:
            self._before, self.done, self.state = state["seconds"], True, state

    def interrupted(self) -> Interrupted:
        """Returns the exception with which a phase leaves after Ctrl-C, its checkpoint written."""
        return Interrupted(f"stopped; the same command resumes from {self.path}.")


def _largest(values: list[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
