"""The things a hidden test may hand to a submission: small networks, recorders, iterators, folders.

They live beside the submission's code and know nothing of what a test expects. `build(kind, …)` makes one; a kind that
is not here is a layer of `torch.nn`.
"""

from __future__ import annotations

import base64
import collections
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


class Log:
    """A `log` callback that keeps what it was called with: `entries` is a list of (step, {name: number}).

    Args:
        watch: a module; `seen` lists its first parameter as it was at each call.
    """

    def __init__(self, watch: nn.Module | None = None):
        self.entries: list[tuple[Any, dict[Any, Any]]] = []
        self.seen: list[Tensor] = []
        self._watch = watch

    def __call__(self, step: int, values: dict[str, float]) -> None:
        self.entries.append((step, dict(values)))
        if self._watch is not None:
            self.seen.append(next(self._watch.parameters()).detach().clone())


class Once:
    """An iterable that can be gone through a single time, and counts what was taken: `taken`.

    Args:
        items: what it yields.
        log: a Log; `ahead` is the largest number of items that were taken before their entry was logged.
    """

    def __init__(self, items: Sequence[Any], log: Log | None = None):
        self._items = iter(items)
        self._log = log
        self.taken = 0
        self.ahead = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        item = next(self._items)
        self.taken += 1
        if self._log is not None:
            self.ahead = max(self.ahead, self.taken - len(self._log.entries))
        return item


class Batches:
    """An iterable that can be gone through again, and counts how often it was begun: `passes`."""

    def __init__(self, items: Sequence[Any]):
        self._items = list(items)
        self.passes = 0

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class RecordingEncoder(nn.Module):
    """Flattens and maps linearly without bias: (B, *) -> (B, out_dim).

    `batches` lists the size and mode of each call, `grad_modes` whether gradients were enabled in it.

    Args:
        in_dim: the number of values of one input.
        out_dim: the length of an embedding.
    """

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        self.linear = nn.Linear(in_dim, out_dim, bias=False)
        self.batches: list[tuple[int, bool]] = []
        self.grad_modes: list[bool] = []

    def forward(self, images: Tensor) -> Tensor:
        self.batches.append((len(images), self.training))
        self.grad_modes.append(torch.is_grad_enabled())
        return self.linear(images.flatten(1))


class Noise(nn.Module):
    """A random augmentation that leaves traces: images + `offset` + noise of [0, 1); `outputs` lists what it gave.

    Args:
        offset: added at every application, so that two in a row can be told from one.
        shared: whether it takes batches (B, 3, H, W) only, and adds one number to all of a batch.
    """

    def __init__(self, offset: float = 0.0, shared: bool = False):
        super().__init__()
        self.offset, self.shared = offset, shared
        self.outputs: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        if self.shared and (images.ndim != 4 or images.shape[1] != 3):
            raise ValueError(f"this augmentation takes batches (B, 3, H, W), got the shape {tuple(images.shape)}")
        noise = torch.rand(()) if self.shared else torch.rand_like(images)
        self.outputs.append(images.detach() + self.offset + noise)
        return self.outputs[-1].clone()


class EpisodeModel(nn.Module):
    """Maps an episode to a loss, an accuracy and predictions by one linear layer; no network of the paper's.

    `modes` lists, for each forward pass, whether it ran in training mode.

    Args:
        in_dim: the number of values of one image.
    """

    def __init__(self, in_dim: int):
        super().__init__()
        self.linear = nn.Linear(in_dim, 1)
        self.modes: list[bool] = []

    def forward(self, episode: Any) -> Any:
        self.modes.append(self.training)
        support, query = (self.linear(images.flatten(2)).squeeze(2) for images in episode)  # (n_way, n_…)
        loss = support.square().mean() + (query - 1).square().mean()
        predictions = (query > 0).long()
        return named_tuple(
            "EpisodeOutput", ("loss", "accuracy", "predictions"), (loss, predictions.float().mean(), predictions)
        )


def optimizer(kind: str, model: nn.Module, **settings: Any) -> torch.optim.Optimizer:
    """An optimiser of `torch.optim` over the parameters of `model` that are trained."""
    return getattr(torch.optim, kind)([p for p in model.parameters() if p.requires_grad], **settings)


def generator(seed: int) -> torch.Generator:
    """A torch.Generator on the CPU with that seed."""
    return torch.Generator().manual_seed(seed)


def folder(files: dict[str, str]) -> Path:
    """A new folder with these files: relative path -> base64 of the content. It is removed with the process's own."""
    root = Path(tempfile.mkdtemp(prefix="folder-"))
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return root


def named_tuple(kind: str, fields: Sequence[str], values: Sequence[Any]) -> Any:
    """A NamedTuple of that name with those fields, such as an `Episode`."""
    return collections.namedtuple(kind, fields)(*values)


_KINDS: dict[str, Callable[..., Any]] = {
    "Log": Log,
    "Once": Once,
    "Batches": Batches,
    "RecordingEncoder": RecordingEncoder,
    "EpisodeModel": EpisodeModel,
    "Noise": Noise,
    "Generator": generator,
    "Folder": folder,
}


def build(kind: str, *args: Any, **kwargs: Any) -> Any:
    """Makes the thing of that kind; `SGD`, `Adam` and `AdamW` take a model, other names are layers of `torch.nn`."""
    if kind in _KINDS:
        return _KINDS[kind](*args, **kwargs)
    if kind in ("SGD", "Adam", "AdamW"):
        return optimizer(kind, *args, **kwargs)
    return getattr(nn, kind)(*args, **kwargs)
