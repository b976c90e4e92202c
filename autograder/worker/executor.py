"""The side that runs a submission's code: it executes one request after the other and answers with plain data.

A workbench holds nothing secret. Every request is a method with plain arguments (tensors, numbers, text, lists, `Ref`s)
and every reply is plain data too, so the two sides may be in one process or in two (`judge/client.py`). Objects that
are not plain data (modules, optimisers, generators) stay here, and the other side holds a `Ref` to them. Whatever the
submission raises during a request becomes a `StudentError`.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from autograder import advice
from autograder.rpc import parameters, test_doubles
from autograder.rpc.errors import StudentError
from autograder.rpc.messages import Layer, Record, Ref, Reply
from autograder.worker import figures


def order(method: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps whatever is raised while a prop is made in the prop's place, to be raised when it is used."""

    @functools.wraps(method)
    def wrapped(self: Workbench, number: int, *args: Any) -> None:
        try:
            method(self, number, *args)
        except BaseException as error:
            self._objects[number] = self._explain(f"`{method.__name__}`", error)

    return wrapped


def request(method: Callable[..., Any]) -> Callable[..., Any]:
    """Turns whatever a submission's code raises during a request into a StudentError."""

    @functools.wraps(method)
    def wrapped(self: Workbench, *args: Any) -> Any:
        try:
            return method(self, *args)
        except BaseException as error:
            raise self._explain(f"`{method.__name__}`", error) from error

    return wrapped


class Workbench:
    """Executes requests against the `stages` package below one folder.

    Args:
        submission: the folder that holds `stages/`; it is put first on the import path.
    """

    def __init__(self, submission: Path):
        self.submission = Path(submission).resolve()
        self._objects: dict[int, Any] = {}  # props under the negative numbers that they come with, the rest from 0
        self._numbers: dict[int, int] = {}  # id() of what is kept -> its number
        self._kept = 0
        sys.path.insert(0, str(self.submission))

    # Orders -----------------------------------------------------------------------------------------------------------

    @order
    def prop(self, number: int, kind: str, args: Sequence[Any], kwargs: dict[str, Any], seed: int) -> None:
        """Builds one of the objects in `test_doubles.py` (or a layer of `torch.nn`) and keeps it under that number."""
        given = self._resolve([_own_copy(argument, None) for argument in args])
        named = self._resolve({name: _own_copy(argument, None) for name, argument in kwargs.items()})
        torch.default_generator.manual_seed(seed)
        value = test_doubles.build(kind, *given, **named)
        self._objects[number], self._numbers[id(value)] = value, number

    @order
    def fill(self, number: int, state: dict[str, Tensor]) -> None:
        """Loads a state_dict into a prop."""
        self._kept_at(number).load_state_dict(state)

    @order
    def forget(self, number: int) -> None:
        """Releases an object, so that its memory can be used again."""
        self._numbers.pop(id(self._objects.pop(number)), None)

    # Requests -------------------------------------------------------------------------------------------------------

    @request
    def open(self, module_name: str, names: Sequence[str]) -> None:
        """Imports a module of the submission, so that anything wrong with it is said once and clearly.

        Args:
            module_name: such as `protonet`.
            names: what it has to define.
        """
        if not (self.submission / "stages" / f"{module_name}.py").is_file():
            raise StudentError(advice.missing_file(module_name))
        module = self._import(module_name)
        missing = [name for name in names if not hasattr(module, name)]
        if missing:
            raise StudentError(advice.missing_names(module_name, missing))

    @request
    def call(
        self,
        target: str | Ref,
        args: Sequence[Any],
        kwargs: dict[str, Any],
        seed: int,
        grad: bool | str,
        cotangent: Tensor | None,
    ) -> Reply:
        """Calls `module.name` of the submission, or an object kept here, and answers with the result."""
        function = self._kept_at(target.id) if isinstance(target, Ref) else self._lookup(target)
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

    @request
    def get(self, ref: Ref, path: str) -> Any:
        """Reads an attribute, or a note of a recorder, by its dotted path from an object kept here."""
        value = self._kept_at(ref.id)
        for name in filter(None, path.split(".")):
            noted = test_doubles.notes(value)
            if name not in noted and not hasattr(value, name):
                raise StudentError(f"{type(value).__name__} has no attribute `{name}`")
            value = noted[name] if name in noted else getattr(value, name)
        return self._plain(value)

    @request
    def state(self, ref: Ref) -> dict[str, Tensor]:
        """Returns a copy of the module's state_dict."""
        return {name: value.detach().clone() for name, value in self._module(ref).state_dict().items()}

    @request
    def load(self, ref: Ref, state: dict[str, Tensor]) -> None:
        """Loads a state_dict into the module; names and shapes have to match."""
        try:
            self._module(ref).load_state_dict(state)
        except RuntimeError as error:
            raise StudentError(str(error)) from error

    @request
    def parameters(self, ref: Ref) -> dict[str, Tensor]:
        """Returns a copy of the module's parameters by name."""
        return {name: value.detach().clone() for name, value in self._module(ref).named_parameters()}

    @request
    def shapes(self, ref: Ref) -> dict[str, tuple[int, ...]]:
        """Returns the shapes of the module's parameters by name, in order."""
        return {name: tuple(value.shape) for name, value in self._module(ref).named_parameters()}

    @request
    def draw(self, ref: Ref, seed: int) -> None:
        """Draws the module's parameters anew from a seed, as `parameters.draw` does."""
        own = dict(self._module(ref).named_parameters())
        with torch.no_grad():
            for name, value in parameters.draw(self.shapes(ref), seed):
                own[name].copy_(value)

    @request
    def requires_grad(self, ref: Ref) -> dict[str, bool]:
        """Returns which parameters of the module are trainable."""
        return {name: value.requires_grad for name, value in self._module(ref).named_parameters()}

    @request
    def grads(self, ref: Ref) -> dict[str, Tensor | None]:
        """Returns the gradients that the module's parameters hold."""
        return {
            name: None if value.grad is None else value.grad.clone()
            for name, value in self._module(ref).named_parameters()
        }

    @request
    def zero_grad(self, ref: Ref) -> None:
        """Clears the gradients of the module's parameters."""
        self._module(ref).zero_grad(set_to_none=True)

    @request
    def train(self, ref: Ref, mode: bool) -> None:
        """Calls the module's `train(mode)`."""
        self._module(ref).train(mode)

    @request
    def modes(self, ref: Ref) -> dict[str, bool]:
        """Returns `training` of the module and of everything inside it, by name ("" is the module itself)."""
        return {name: module.training for name, module in self._module(ref).named_modules()}

    @request
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
        module = self._import(module_name)
        if not hasattr(module, name):
            raise StudentError(f"stages/{module_name}.py has no `{name}`", "error", f"stages/{module_name}.py")
        return getattr(module, name)

    def _import(self, module_name: str) -> Any:
        try:
            return importlib.import_module(f"stages.{module_name}")
        except BaseException as error:
            raise self._explain(f"import of stages/{module_name}.py", error) from error

    def _module(self, ref: Ref) -> nn.Module:
        module = self._kept_at(ref.id)
        if not isinstance(module, nn.Module):
            raise StudentError(f"expected an nn.Module, got {type(module).__name__}")
        return module

    def _kept_at(self, number: int) -> Any:
        value = self._objects[number]
        if type(value) is StudentError:
            raise value
        return value

    def _keep(self, value: Any) -> Ref:
        number = self._numbers.setdefault(id(value), self._kept)
        if number == self._kept:
            self._objects[number] = value
            self._kept += 1
        return Ref(number, type(value).__name__)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._kept_at(value.id)
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
        for kind in (float, int, str):  # np.float64 is a float
            if isinstance(value, kind):
                return kind(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return Record(type(value).__name__, tuple(value._fields), tuple(self._plain(item) for item in value))
        if type(value) in (list, tuple):
            return type(value)(self._plain(item) for item in value)
        if type(value) is dict:
            return {self._plain(key): self._plain(item) for key, item in value.items()}
        figure = figures.describe(value)
        return self._keep(value) if figure is None else figure

    @staticmethod
    def _backward(value: Any, grad: bool | str, cotangent: Tensor | None) -> bool:
        if isinstance(grad, str):  # a plain tuple has no names, but below only what is differentiable counts
            value = value.get(grad, value) if isinstance(value, dict) else getattr(value, grad, value)
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
        """Says what an exception of the submission was and where; it may lie about itself, but does no harm."""
        if type(error) is StudentError:
            return error
        try:
            called = target if isinstance(target, str) else f"calling the {target.kind}"
            text = str(error).strip().split("\n")[0]
            for folder in (self.submission, tempfile.gettempdir()):  # where the grader keeps it means nothing to anyone
                text = text.replace(f"{folder}{os.sep}", "")
            text = text[:300]
            frames = traceback.extract_tb(error.__traceback__)
            if isinstance(error, NotImplementedError) and (text.startswith("TODO") or raises(frames[-1])):
                return StudentError(str(error)[:1000] or "not written yet", "todo")
            where = ""
            for frame in frames:
                path = Path(frame.filename)
                if self.submission in path.parents:
                    where = f"{path.relative_to(self.submission).as_posix()}, line {frame.lineno}"
            if isinstance(error, SyntaxError) and error.filename:
                where = f"stages/{Path(error.filename).name}, line {error.lineno}"
            kinds = tuple(str(kind.__name__) for kind in type(error).__mro__)
            why = advice.cause(error, self.submission)
        except BaseException:
            return StudentError("an exception that cannot be read was raised")
        at = f" ({where})" if where else ""
        outcome = "memory" if advice.is_out_of_memory(error) else "error"
        said = f"{called} raised {type(error).__name__}: {text}{at}"
        return StudentError("\n".join(filter(None, (said, why))), outcome, where, kinds)


def raises(frame: traceback.FrameSummary) -> bool:
    """Whether a line itself raises a NotImplementedError: PyTorch raises its own for what it does not support."""
    return "NotImplementedError" in (frame.line or "")


def _own_copy(value: Any, leaves: list[Tensor] | None) -> Any:
    """Copies tensors, so that the caller's are unchanged; with `leaves`, floating copies become leaves listed there."""
    if isinstance(value, Tensor):
        copy = value.detach().clone(memory_format=torch.preserve_format)
        if leaves is not None and copy.is_floating_point():
            copy.requires_grad_(True)
            leaves.append(copy)
        return copy
    if type(value) in (list, tuple):
        return type(value)(_own_copy(item, leaves) for item in value)
    if isinstance(value, Record):
        return test_doubles.named_tuple(value.kind, value.fields, [_own_copy(item, leaves) for item in value.values])
    return value
