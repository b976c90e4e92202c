"""What a hidden test uses: `student`, through which it asks a submission for answers and gets plain data back.

    def test_distances_are_squared(student, rng):
        queries, prototypes = torch.randn(5, 3, generator=rng), torch.randn(4, 3, generator=rng)
        answer = student.call("protonet.squared_euclidean", queries, prototypes)
        expect.close(answer.value, oracle(queries, prototypes), …)

A test never touches the submission's objects. It gets tensors (detached copies), numbers, text, lists, `Record`s for
NamedTuples, `FigureData` for figures, and for everything else `Remote`s, which it can call and query.
"""

# A workbench, here or behind a pipe, answers requests by their names:
# mypy: no-warn-return-any

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from autograder.rpc.errors import StudentError
from autograder.rpc.messages import Layer, Record, Ref, Reply

_workbench: Any = None


def connect(workbench: Any) -> None:
    """Sets the workbench of this process, which the `student` fixture asks."""
    global _workbench
    _workbench = workbench


def connected() -> Any:
    """Returns the workbench that was set, or None."""
    return _workbench


class Student:
    """A submission, asked through a workbench.

    Args:
        workbench: executes the requests: a `Workbench` in this process, or a `RemoteWorkbench` behind a pipe.
    """

    def __init__(self, workbench: Any):
        self._workbench = workbench
        self._props = 0  # how many there are

    def call(
        self,
        target: str,
        *args: Any,
        seed: int = 0,
        grad: bool | str = False,
        cotangent: Tensor | None = None,
        **kwargs: Any,
    ) -> Reply:
        """Calls a function or class of the submission.

        Args:
            target: `module.name`, such as `protonet.squared_euclidean`.
            args: tensors, numbers, text, lists, Records and Remotes. Tensors are copied first.
            seed: what torch's global generator is seeded with before the call.
            grad: True differentiates the sum of the returned tensors; a name differentiates the field of that name.
            cotangent: what the differentiated value is weighted with instead of ones (same shape).
            kwargs: as args.

        Raises:
            StudentError: the call raised; `outcome` tells a stub from a mistake.
        """
        return self._call(target, args, kwargs, seed, grad, cotangent)

    def make(self, target: str, *args: Any, seed: int = 0, **kwargs: Any) -> Remote:
        """Calls a function or class that returns an object, such as a module, and returns a handle to that object."""
        value = self._call(target, args, kwargs, seed, False, None).value
        if not isinstance(value, Remote):
            raise StudentError(f"{target} returned {type(value).__name__}, expected an object such as an nn.Module")
        return value

    def prop(self, kind: str, *args: Any, seed: int = 0, **kwargs: Any) -> Remote:
        """Builds, in the submission's process, an object of `test_doubles.py`, or a layer of `torch.nn` by its name."""
        self._props += 1
        self._workbench.prop(-self._props, kind, _refs(list(args)), _refs(kwargs), seed)
        return Remote(self, Ref(-self._props, kind))

    def _call(
        self,
        target: str | Ref,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        seed: int,
        grad: bool | str,
        cotangent: Tensor | None,
    ) -> Reply:
        reply = self._workbench.call(target, _refs(list(args)), _refs(kwargs), seed, grad, cotangent)
        return replace(reply, value=self._wrap(reply.value), inputs=self._wrap(reply.inputs))

    def _wrap(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return Remote(self, value)
        if isinstance(value, Record):
            return Record(value.kind, value.fields, tuple(self._wrap(item) for item in value.values))
        if type(value) in (list, tuple):
            return type(value)(self._wrap(item) for item in value)
        if type(value) is dict:
            return {key: self._wrap(item) for key, item in value.items()}
        return value


class Remote:
    """An object in the submission's process: a module, an optimiser, a generator, a recorder."""

    def __init__(self, student: Student, ref: Ref):
        self._student = student
        self._ref = ref

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self._ref.id == other._ref.id

    def __hash__(self) -> int:
        return hash(self._ref.id)

    @property
    def kind(self) -> str:
        """The name of its class."""
        return self._ref.kind

    def __call__(
        self, *args: Any, seed: int = 0, grad: bool | str = False, cotangent: Tensor | None = None, **kwargs: Any
    ) -> Reply:
        """Calls the object; for a module this is its forward pass. Arguments as in `Student.call`."""
        return self._student._call(self._ref, args, kwargs, seed, grad, cotangent)

    def get(self, path: str = "") -> Any:
        """Reads an attribute by its dotted path: plain data, or a Remote."""
        return self._student._wrap(self._student._workbench.get(self._ref, path))

    def state(self) -> dict[str, Tensor]:
        """A copy of the module's state_dict."""
        return self._student._workbench.state(self._ref)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Loads a state_dict."""
        if self._ref.id < 0:
            self._student._workbench.fill(self._ref.id, dict(state))
        else:
            self._student._workbench.load(self._ref, dict(state))

    def parameters(self) -> dict[str, Tensor]:
        """A copy of the module's parameters, by name."""
        return self._student._workbench.parameters(self._ref)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the module's parameters, by name and in order."""
        return self._student._workbench.shapes(self._ref)

    def draw(self, seed: int) -> None:
        """Draws the module's parameters anew, as `parameters.draw` does, so that they need not be sent."""
        self._student._workbench.draw(self._ref, seed)

    def requires_grad(self) -> dict[str, bool]:
        """Which of the module's parameters are trainable, by name."""
        return self._student._workbench.requires_grad(self._ref)

    def grads(self) -> dict[str, Tensor | None]:
        """The gradients that the module's parameters hold, by name."""
        return self._student._workbench.grads(self._ref)

    def zero_grad(self) -> None:
        """Clears the gradients of the module's parameters."""
        self._student._workbench.zero_grad(self._ref)

    def train(self, mode: bool = True) -> Remote:
        """Puts the module into training mode."""
        self._student._workbench.train(self._ref, mode)
        return self

    def eval(self) -> Remote:
        """Puts the module into evaluation mode."""
        return self.train(False)

    def forget(self) -> None:
        """Releases the object, which can no longer be used."""
        self._student._workbench.forget(self._ref.id)

    def modes(self) -> dict[str, bool]:
        """`training` of the module ("") and of everything inside it, by name."""
        return self._student._workbench.modes(self._ref)

    def layers(self) -> list[Layer]:
        """The module ("") and everything inside it as data, in order."""
        return self._student._workbench.layers(self._ref)


def _refs(value: Any) -> Any:
    if isinstance(value, Remote):
        return value._ref
    if type(value) in (list, tuple):
        return type(value)(_refs(item) for item in value)
    if type(value) is dict:
        return {key: _refs(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Record(type(value).__name__, tuple(value._fields), tuple(_refs(item) for item in value))
    return value
