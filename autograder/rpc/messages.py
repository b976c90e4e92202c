"""The requests to a submission and its answers: plain data about values, modules and mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

# The methods of a workbench that a judge may ask for.
REQUESTS = (
    *("open", "call", "get", "state", "load", "parameters", "requires_grad", "grads", "zero_grad", "train", "modes"),
    *("layers", "shapes", "draw"),
)
ORDERS = ("prop", "fill", "forget")  # nobody waits for an answer: an error in a prop is raised where it is used


@dataclass(frozen=True)
class Ref:
    """An object that stays on the workbench: its number there and the name of its class."""

    id: int
    kind: str


@dataclass(frozen=True)
class Record:
    """A NamedTuple as data: the class's name, the field names and the values. It reads like the NamedTuple."""

    kind: str
    fields: tuple[str, ...]
    values: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self.fields:
            raise AttributeError(f"{self.kind} has the fields {self.fields}, not {name!r}")
        return self.values[self.fields.index(name)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Any:
        return self.values[index]


@dataclass(frozen=True)
class Reply:
    """The result of one call.

    Attributes:
        value: the returned value as plain data; a `Ref` (or a structure with Refs) for what is not.
        inputs: the positional arguments after the call, to see whether they were modified.
        input_grads: for a call with `grad`, the gradient of each floating tensor among the positional arguments, in
            their order (None: no gradient reached it).
        parameter_grads: for a call with `grad` of a module, the gradient of each parameter by name (None:
            none reached it).
        differentiable: whether the differentiated value carried a graph at all.
        global_random: whether the call drew from torch's global generator (or seeded it).
        seconds: how long the call took.
    """

    value: Any
    inputs: tuple[Any, ...] = ()
    input_grads: tuple[Tensor | None, ...] = ()
    parameter_grads: dict[str, Tensor | None] = field(default_factory=dict)
    differentiable: bool = False
    global_random: bool = False
    seconds: float = 0.0


UNCHANGED = ("as they were",)  # stands for the inputs of a reply that the call left unchanged; only on the pipe


def same(one: Any, other: Any) -> bool:
    """Whether two values are identical to the bit, including the layout in memory."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return (one.dtype, one.shape, one.stride(), type(one)) == (
            other.dtype,
            other.shape,
            other.stride(),
            type(other),
        ) and torch.equal(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Record):
        return (one.kind, one.fields) == (other.kind, other.fields) and same(one.values, other.values)
    return not isinstance(one, dict) and one == other


@dataclass(frozen=True)
class Layer:
    """One module of a network as data: its dotted name, its class and its plain settings (such as `kernel_size`)."""

    name: str
    kind: str
    settings: dict[str, Any]
    leaf: bool


@dataclass(frozen=True)
class LineData:
    """A line of an axes: label, colour, and the points, each (n,) float64."""

    label: str
    color: str
    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class AxesData:
    """One axes: its texts (`title_color` as a hex code), legend, lines and images (each (H, W[, C]) float64)."""

    title: str
    title_color: str
    xlabel: str
    ylabel: str
    legend: tuple[str, ...]
    lines: tuple[LineData, ...]
    images: tuple[Tensor, ...]
    visible: bool
    texts: tuple[str, ...] = ()
    position: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)  # left, bottom, width, height in the figure
    image_colors: tuple[tuple[str, ...], ...] = ()  # of each image: the colours of its lowest, middle and highest value


@dataclass(frozen=True)
class FigureData:
    """A matplotlib figure: its overall title and its axes in order of creation."""

    title: str
    axes: tuple[AxesData, ...] = ()
