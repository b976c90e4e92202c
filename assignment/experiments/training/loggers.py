"""Where metrics go besides metrics.jsonl: TensorBoard or Weights & Biases, if asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from experiments.training.errors import Mistake


class Logger(Protocol):
    """Takes what `Run.log` takes."""

    def log(self, phase: str, step: int, values: Mapping[str, float]) -> None: ...

    def close(self) -> None: ...


class Silent:
    """The metrics file is enough."""

    def log(self, phase: str, step: int, values: Mapping[str, float]) -> None:
        pass

    def close(self) -> None:
        pass


class TensorBoard:
    """Writes event files to `<run>/tensorboard`; look at them with `tensorboard --logdir runs`."""

    def __init__(self, directory: Path):
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise Mistake("LOGGER=tensorboard needs TensorBoard: pip install tensorboard.") from None
        self._writer = SummaryWriter(str(directory / "tensorboard"))

    def log(self, phase: str, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(f"{phase}/{name}", value, step)

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    """Sends the metrics to Weights & Biases; WANDB_MODE=offline keeps them in `<run>/wandb` for `wandb sync`."""

    def __init__(self, directory: Path, config: Mapping[str, Any]):
        try:
            import wandb
        except ImportError:
            raise Mistake("LOGGER=wandb needs Weights & Biases: pip install wandb.") from None
        name = f"{directory.parent.name}-{directory.name}"
        self._run = wandb.init(project="metric-learning", name=name, dir=str(directory), config=dict(config))

    def log(self, phase: str, step: int, values: Mapping[str, float]) -> None:
        self._run.log({f"{phase}/{name}": value for name, value in values.items()} | {f"{phase}/step": step})

    def close(self) -> None:
        self._run.finish()


def open_logger(kind: str, directory: Path, config: Mapping[str, Any]) -> Logger:
    """Returns the logger for `none`, `tensorboard` or `wandb`."""
    if kind == "tensorboard":
        return TensorBoard(directory)
    if kind == "wandb":
        return WeightsAndBiases(directory, config)
    return Silent()
