"""The objects that a hidden test may pass to a submission: small networks, recorders, iterators, folders.

They live in the submission's process and know nothing of what a test expects. `build(kind, …)` makes one; any other
kind is a layer of `torch.nn`. What a recorder notes is kept apart from it (`notes`), so that a submission, which holds
the recorder, cannot set a count by assignment; `Workbench.get` reads a note like an attribute.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

_NOTES: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()


def notes(thing: Any) -> dict[str, Any]:
    """What a recorder has noted, by name; nothing for other objects, or for a copy of a recorder."""
    try:
        return _NOTES.get(thing, {})
    except TypeError:  # a list or a number, which cannot be weakly referenced
        return {}


class Log:
    """A `log` callback that notes its arguments.

    Its notes: `entries`, a list of (step, {name: value}); `numbers`, the same with Python floats for all values that
    `float` accepts; `seen`, the first parameter of `watch` as it was at each call.

    Args:
        watch: a module.
    """

    def __init__(self, watch: nn.Module | None = None):
        _NOTES[self] = {"entries": [], "numbers": [], "seen": []}
        self._watch = watch

    def __call__(self, step: int, values: dict[str, float]) -> None:
        kept = notes(self)
        kept["entries"].append((step, dict(values)))
        kept["numbers"].append((step, _numbers(values)))
        if self._watch is not None:
            kept["seen"].append(next(self._watch.parameters()).detach().clone())


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    found = {}
    for name, value in values.items():
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            found[str(name)] = float(value)
    return found


class Once:
    """An iterable that can be iterated over only once.

    Its notes: `taken`, the number of items taken; `ahead`, the most that were ever taken but not yet logged.

    Args:
        items: what it yields.
        log: a Log.
    """

    def __init__(self, items: Sequence[Any], log: Log | None = None):
        _NOTES[self] = {"taken": 0, "ahead": 0, "items": iter(items), "log": log}

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        kept = notes(self)
        item = next(kept["items"])
        kept["taken"] += 1
        if kept["log"] is not None:
            kept["ahead"] = max(kept["ahead"], kept["taken"] - len(notes(kept["log"])["entries"]))
        return item


class Batches:
    """An iterable that can be iterated over again and again; it notes how often that was begun: `passes`."""

    def __init__(self, items: Sequence[Any]):
        _NOTES[self] = {"passes": 0}
        self._items = list(items)

    def __iter__(self) -> Iterator[Any]:
        notes(self)["passes"] += 1
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class RecordingEncoder(nn.Module):
    """Flattens and maps linearly without bias: (B, *) -> (B, out_dim).

    Its notes: `batches`, the size and mode of each call; `grad_modes`, whether gradients were enabled in it.

    Args:
        in_dim: the number of values of one input.
        out_dim: the length of an embedding.
    """

    def __init__(self, in_dim: int, out_dim: int):
        super().__init__()
        self.linear = nn.Linear(in_dim, out_dim, bias=False)
        _NOTES[self] = {"batches": [], "grad_modes": []}

    def forward(self, images: Tensor) -> Tensor:
        kept = notes(self)
        if kept:
            kept["batches"].append((len(images), self.training))
            kept["grad_modes"].append(torch.is_grad_enabled())
        embeddings: Tensor = self.linear(images.flatten(1))
        return embeddings


class Noise(nn.Module):
    """A random augmentation that leaves traces: images + `offset` + noise of [0, 1); it notes its `outputs`.

    Args:
        offset: added at every application, so that two in a row can be told from one.
        shared: whether it takes batches (B, 3, H, W) only, and adds one number to all of a batch.
    """

    def __init__(self, offset: float = 0.0, shared: bool = False):
        super().__init__()
        self.offset, self.shared = offset, shared
        _NOTES[self] = {"outputs": []}

    def forward(self, images: Tensor) -> Tensor:
        if self.shared and (images.ndim != 4 or images.shape[1] != 3):
            raise ValueError(f"this augmentation takes batches (B, 3, H, W), got the shape {tuple(images.shape)}")
        noise = torch.rand(()) if self.shared else torch.rand_like(images)
        output = images.detach() + self.offset + noise
        notes(self).get("outputs", []).append(output)
        return output.clone()


class EpisodeModel(nn.Module):
    """Maps an episode to a loss, an accuracy and predictions by one linear layer; not a network of the paper.

    The accuracy is smooth, so that it tells which weights it comes from. Its notes: `modes`, for each forward
    pass whether it ran in training mode; `losses`, the resulting losses.

    Args:
        in_dim: the number of values of one image.
    """

    def __init__(self, in_dim: int):
        super().__init__()
        self.linear = nn.Linear(in_dim, 1)
        _NOTES[self] = {"modes": [], "losses": []}

    def forward(self, episode: Any) -> Any:
        support, query = (self.linear(images.flatten(2)).squeeze(2) for images in episode)  # (n_way, n_…)
        loss = support.square().mean() + (query - 1).square().mean()
        predictions = (query > 0).long()
        if kept := notes(self):
            kept["modes"].append(self.training)
            kept["losses"].append(loss.item())
        accuracy = query.detach().sigmoid().mean()
        return named_tuple("EpisodeOutput", ("loss", "accuracy", "predictions"), (loss, accuracy, predictions))


def optimizer(kind: str, model: nn.Module, **settings: Any) -> torch.optim.Optimizer:
    """An optimiser of `torch.optim` for the trainable parameters of `model`.

    Its notes: `backwards`, how often backward gave the first of them a gradient; `steps`, for each step that count at
    its end, and whether any of them held a gradient then.
    """
    make: Callable[..., torch.optim.Optimizer] = getattr(torch.optim, kind)
    parameters = [p for p in model.parameters() if p.requires_grad]
    made = make(parameters, **settings)
    kept: dict[str, Any] = {"backwards": 0, "steps": []}

    def count(_: Tensor) -> None:
        kept["backwards"] += 1

    def note(*_: Any) -> None:
        held = any(p.grad is not None and bool(p.grad.any()) for p in parameters)
        kept["steps"].append((kept["backwards"], held))

    parameters[0].register_post_accumulate_grad_hook(count)
    made.register_step_post_hook(note)
    _NOTES[made] = kept
    return made


def generator(seed: int) -> torch.Generator:
    """A torch.Generator on the CPU with that seed."""
    return torch.Generator().manual_seed(seed)


def folder(files: dict[str, str]) -> Path:
    """A new folder with these files: relative path -> base64 of the content. It goes with the process's own."""
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
    """Makes an object of that kind; `SGD`, `Adam` and `AdamW` take a model, other names are layers of `torch.nn`."""
    if kind in _KINDS:
        return _KINDS[kind](*args, **kwargs)
    if kind in ("SGD", "Adam", "AdamW"):
        return optimizer(kind, *args, **kwargs)
    return getattr(nn, kind)(*args, **kwargs)
