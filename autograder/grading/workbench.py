"""The side that runs a submission's code: it executes one request after the other and answers with plain data.

A workbench holds nothing secret. Every request is a method with plain arguments (tensors, numbers, text, lists, `Ref`s)
and every reply is plain data too, so the two sides may sit in one process or in two. Objects that are not plain data
(modules, optimisers, generators) stay here, and the other side holds a `Ref` to them.
"""

from __future__ import annotations

import importlib
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from autograder.grading import props


@dataclass(frozen=True)
class Ref:
    """A thing that stays on the workbench: its number there and the name of its class."""

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

    def __iter__(self):
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Any:
        return self.values[index]


@dataclass(frozen=True)
class Reply:
    """What came of one call.

    Attributes:
        value: the returned value as plain data; a `Ref` (or a structure with Refs) for what is not.
        inputs: the positional arguments as they were after the call, to see whether they were modified.
        input_grads: for a call with `grad`, the gradient of each floating tensor among the positional arguments, in
            the order in which they stand there (None: no gradient reached it).
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


@dataclass(frozen=True)
class Layer:
    """One module of a network as data: its dotted name, its class and its plain settings (such as `kernel_size`)."""

    name: str
    kind: str
    settings: dict[str, Any]
    leaf: bool


class StudentError(Exception):
    """The submission's code failed.

    Attributes:
        outcome: `todo` for a stub, `error` for any other exception.
        where: `stages/protonet.py, line 12` where the last frame of the submission was, or empty.
        kinds: the names of the exception's classes, such as `("ValueError", "Exception", …)`; empty if it was none.
    """

    def __init__(self, message: str, outcome: str = "error", where: str = "", kinds: tuple[str, ...] = ()):
        super().__init__(message)
        self.outcome = outcome
        self.where = where
        self.kinds = kinds


class Workbench:
    """Executes requests against the `stages` package below one folder.

    Args:
        submission: the folder that holds `stages/`; it is put first on the import path.
    """

    def __init__(self, submission: Path):
        self.submission = Path(submission).resolve()
        self._objects: dict[int, Any] = {}
        sys.path.insert(0, str(self.submission))

    # Requests -------------------------------------------------------------------------------------------------------

    def prop(self, kind: str, args: Sequence[Any], kwargs: dict[str, Any], seed: int) -> Ref:
        """Builds one of the things in `props.py` (or a layer of `torch.nn`) and keeps it."""
        given = self._resolve([_own_copy(argument, None) for argument in args])
        named = self._resolve({name: _own_copy(argument, None) for name, argument in kwargs.items()})
        torch.default_generator.manual_seed(seed)
        return self._keep(props.build(kind, *given, **named))

    def call(
        self,
        target: str | Ref,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        seed: int,
        grad: bool | str,
        cotangent: Tensor | None,
    ) -> Reply:
        """Calls `module.name` of the submission, or an object kept here, and answers with what came of it."""
        function = self._objects[target.id] if isinstance(target, Ref) else self._lookup(target)
        leaves: list[Tensor] = []
        given = self._resolve([_own_copy(argument, leaves if grad else None) for argument in args])
        named = self._resolve({name: _own_copy(argument, None) for name, argument in kwargs.items()})
        torch.default_generator.manual_seed(seed)
        random_state = torch.get_rng_state()
        start = time.perf_counter()
        try:
            value = function(*given, **named)
            seconds = time.perf_counter() - start
            global_random = not torch.equal(random_state, torch.get_rng_state())
            differentiable = bool(grad) and self._backward(value, grad, cotangent)
        except BaseException as error:
            raise self._explain(target, error) from error
        parameters = dict(function.named_parameters()) if grad and isinstance(function, nn.Module) else {}
        return Reply(
            value=self._plain(value),
            inputs=tuple(self._plain(argument) for argument in given),
            input_grads=tuple(None if leaf.grad is None else leaf.grad.clone() for leaf in leaves),
            parameter_grads={
                name: None if parameter.grad is None else parameter.grad.clone()
                for name, parameter in parameters.items()
            },
            differentiable=differentiable,
            global_random=global_random,
            seconds=seconds,
        )

    def get(self, ref: Ref, path: str) -> Any:
        """Reads an attribute (dotted path) of an object kept here."""
        value = self._objects[ref.id]
        for name in filter(None, path.split(".")):
            if not hasattr(value, name):
                raise StudentError(f"{type(value).__name__} has no attribute `{name}`")
            value = getattr(value, name)
        return self._plain(value)

    def state(self, ref: Ref) -> dict[str, Tensor]:
        """Returns a copy of the module's state_dict."""
        return {name: value.detach().clone() for name, value in self._module(ref).state_dict().items()}

    def load(self, ref: Ref, state: dict[str, Tensor]) -> None:
        """Loads a state_dict into the module; names and shapes have to match."""
        try:
            self._module(ref).load_state_dict(state)
        except RuntimeError as error:
            raise StudentError(str(error)) from error

    def parameters(self, ref: Ref) -> dict[str, Tensor]:
        """Returns a copy of the module's parameters by name."""
        return {name: value.detach().clone() for name, value in self._module(ref).named_parameters()}

    def requires_grad(self, ref: Ref) -> dict[str, bool]:
        """Returns which parameters of the module are trained."""
        return {name: value.requires_grad for name, value in self._module(ref).named_parameters()}

    def grads(self, ref: Ref) -> dict[str, Tensor | None]:
        """Returns the gradients that the module's parameters hold."""
        return {
            name: None if value.grad is None else value.grad.clone()
            for name, value in self._module(ref).named_parameters()
        }

    def zero_grad(self, ref: Ref) -> None:
        """Clears the gradients of the module's parameters."""
        self._module(ref).zero_grad(set_to_none=True)

    def train(self, ref: Ref, mode: bool) -> None:
        """Calls the module's `train(mode)`."""
        self._module(ref).train(mode)

    def modes(self, ref: Ref) -> dict[str, bool]:
        """Returns `training` of the module and of everything inside it, by name ("" is the module itself)."""
        return {name: module.training for name, module in self._module(ref).named_modules()}

    def layers(self, ref: Ref) -> list[Layer]:
        """Describes the module and everything inside it, in the order of `named_modules`."""
        found = []
        for name, module in self._module(ref).named_modules():
            settings = {
                key: value
                for key, value in vars(module).items()
                if not key.startswith("_") and isinstance(value, bool | int | float | str | tuple | type(None))
            }
            found.append(Layer(name, type(module).__name__, settings, leaf=not any(module.children())))
        return found

    # Inside ---------------------------------------------------------------------------------------------------------

    def _lookup(self, target: str) -> Any:
        module_name, _, name = target.partition(".")
        try:
            module = importlib.import_module(f"stages.{module_name}")
        except BaseException as error:
            raise self._explain(f"import of stages/{module_name}.py", error) from error
        if not hasattr(module, name):
            raise StudentError(f"stages/{module_name}.py has no `{name}`", "error", f"stages/{module_name}.py")
        return getattr(module, name)

    def _module(self, ref: Ref) -> nn.Module:
        module = self._objects[ref.id]
        if not isinstance(module, nn.Module):
            raise StudentError(f"expected an nn.Module, got {type(module).__name__}")
        return module

    def _keep(self, value: Any) -> Ref:
        for number, kept in self._objects.items():
            if kept is value:
                return Ref(number, type(value).__name__)
        self._objects[len(self._objects)] = value
        return Ref(len(self._objects) - 1, type(value).__name__)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._objects[value.id]
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self._resolve(item) for item in value)
        return value

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return value.detach().clone()
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return Record(type(value).__name__, tuple(value._fields), tuple(self._plain(item) for item in value))
        if type(value) in (list, tuple):
            return type(value)(self._plain(item) for item in value)
        if type(value) is dict:
            return {self._plain(key): self._plain(item) for key, item in value.items()}
        figure = props.describe_figure(value)
        return self._keep(value) if figure is None else figure

    @staticmethod
    def _backward(value: Any, grad: bool | str, cotangent: Tensor | None) -> bool:
        if isinstance(grad, str):
            value = getattr(value, grad)
        tensors = [item for item in (value if isinstance(value, tuple | list) else [value]) if isinstance(item, Tensor)]
        tensors = [tensor for tensor in tensors if tensor.requires_grad]
        if not tensors:
            return False
        if cotangent is not None and len(tensors) == 1 and tensors[0].shape == cotangent.shape:
            (tensors[0] * cotangent.to(tensors[0].dtype)).sum().backward()  # backward(cotangent) imports sympy: 1 s
        else:
            torch.stack([tensor.double().sum() for tensor in tensors]).sum().backward()
        return True

    def _explain(self, target: str | Ref, error: BaseException) -> StudentError:
        called = target if isinstance(target, str) else f"calling the {target.kind}"
        if isinstance(error, StudentError):
            return error
        if isinstance(error, NotImplementedError):
            return StudentError(str(error) or "not written yet", "todo")
        where = ""
        for frame in traceback.extract_tb(error.__traceback__):
            path = Path(frame.filename)
            if self.submission in path.parents:
                where = f"{path.relative_to(self.submission).as_posix()}, line {frame.lineno}"
        if isinstance(error, SyntaxError) and error.filename:
            where = f"stages/{Path(error.filename).name}, line {error.lineno}"
        text = str(error).strip().split("\n")[0][:300]
        at = f" ({where})" if where else ""
        kinds = tuple(kind.__name__ for kind in type(error).__mro__)
        return StudentError(f"{called} raised {type(error).__name__}: {text}{at}", "error", where, kinds)


def _own_copy(value: Any, leaves: list[Tensor] | None) -> Any:
    """Copies tensors, so that the caller's stay as they are; with `leaves`, floating ones become leaves noted there."""
    if isinstance(value, Tensor):
        copy = value.detach().clone(memory_format=torch.preserve_format)
        if leaves is not None and copy.is_floating_point():
            copy.requires_grad_(True)
            leaves.append(copy)
        return copy
    if type(value) in (list, tuple):
        return type(value)(_own_copy(item, leaves) for item in value)
    if isinstance(value, Record):
        return props.named_tuple(value.kind, value.fields, [_own_copy(item, leaves) for item in value.values])
    return value
