"""Comparisons for the hidden suites: each failure says which property failed and how, never the expected values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.rpc.errors import StudentError
from autograder.rpc.messages import Record


def tensor(value: Any, what: str) -> Tensor:
    """Asserts that `value` is a tensor and returns it."""
    assert isinstance(value, Tensor), f"{what} should be a torch.Tensor, got {type(value).__name__}"
    return value


def shape(value: Any, expected: tuple[int, ...], what: str, hint: str = "") -> Tensor:
    """Asserts that `value` is a tensor of that shape and returns it."""
    got = tuple(tensor(value, what).shape)
    assert got == tuple(expected), _sentence(f"{what} should have the shape {tuple(expected)}, got {got}", hint)
    return value


def dtype(value: Any, expected: torch.dtype, what: str, hint: str = "") -> None:
    """Asserts the dtype of a tensor."""
    got = tensor(value, what).dtype
    assert got == expected, _sentence(f"{what} should be {expected}, got {got}", hint)


def close(value: Any, expected: Tensor, what: str, hint: str = "", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Asserts shape and values; a message gives the first position that differs, and a telling ratio or offset."""
    got = _real(shape(value, tuple(expected.shape), what, hint), what, hint)
    wanted = expected.detach().double()
    assert bool(torch.isfinite(got).all()), _sentence(f"{what} holds a value that is not finite (nan or inf)", hint)
    wrong = (got - wanted).abs() > atol + rtol * wanted.abs()
    if not bool(wrong.any()):
        return
    position = tuple(wrong.nonzero()[0].tolist())
    at = f"first at position {position}; " if position else ""
    count = f"{int(wrong.sum())} of {wrong.numel()} values differ, " if wrong.numel() > 1 else ""
    raise AssertionError(_sentence(f"{what}: {count}{at}{_relation(got, wanted)}", hint))


def number(value: Any, expected: float, what: str, hint: str = "", rtol: float = 1e-4, atol: float = 1e-6) -> None:
    """Asserts a Python number (or a tensor of one element)."""
    got = torch.tensor(scalar(value, what, hint), dtype=torch.float64)
    close(got, torch.tensor(float(expected), dtype=torch.float64), what, hint, rtol, atol)


def scalar(value: Any, what: str, hint: str = "") -> float:
    """Asserts that `value` is a Python number or a tensor of one element, whatever its shape, and returns it."""
    if isinstance(value, Tensor):
        one = f"{what} should be a single number, got a tensor of the shape {tuple(value.shape)}"
        assert value.numel() == 1, _sentence(one, hint)
        return _real(value, what, hint).item()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    assert is_number, _sentence(f"{what} should be a number, got {type(value).__name__}", hint)
    return float(value)


def unchanged(before: Any, after: Any, what: str) -> None:
    """Asserts that a call left a tensor as it was."""
    same = before.shape == after.shape and torch.equal(before, after)
    assert same, f"{what} was modified in place; work on a copy"


def that(condition: object, message: str) -> None:
    """Asserts a property, with its own sentence."""
    assert condition, message


def record(value: Any, fields: tuple[str, ...], what: str) -> Any:
    """Asserts that `value` is a NamedTuple with those fields and returns it."""
    got = value.fields if isinstance(value, Record) else None
    wanted = ", ".join(fields)
    assert got == fields, f"{what} should be a NamedTuple with the fields {wanted}, got {_named(value)}"
    return value


def raises(kind: str, call: Callable[[], Any], what: str, hint: str = "") -> None:
    """Asserts that a call of the submission raises an exception of that class."""
    try:
        call()
    except StudentError as error:
        if error.outcome == "todo":
            raise
        got = error.kinds
    else:
        raise AssertionError(_sentence(f"{what} should raise a {kind}, but nothing was raised", hint))
    assert kind in got, _sentence(f"{what} should raise a {kind}, got a {got[0] if got else 'different error'}", hint)


def _real(value: Tensor, what: str, hint: str) -> Tensor:
    """Asserts that a tensor holds real numbers and returns them as float64."""
    numbers = not value.is_complex() and value.dtype != torch.bool
    assert numbers, _sentence(f"{what} should hold real numbers, got {value.dtype}", hint)
    return value.detach().double()


def _named(value: Any) -> str:
    return f"one with {', '.join(value.fields)}" if isinstance(value, Record) else type(value).__name__


def _relation(got: Tensor, wanted: Tensor) -> str:
    if got.numel() == 0:
        return "the result is empty"
    if got.numel() == 1:
        return _one_value(got.item(), wanted.item())
    nonzero = wanted.abs() > 1e-8
    if bool(nonzero.any()):
        ratio = got[nonzero] / wanted[nonzero]
        if bool((ratio - ratio[0]).abs().max() < 1e-3 * ratio[0].abs()) and abs(ratio[0].item() - 1) > 1e-3:
            return f"every value is {ratio[0].item():.4g} times the expected value"
    offset = got - wanted
    if bool((offset - offset.flatten()[0]).abs().max() < 1e-3 * offset.flatten()[0].abs()):
        return f"every value is {offset.flatten()[0].item():+.4g} away from the expected value"
    return f"the largest difference is {offset.abs().max().item():.3g}"


def _one_value(got: float, wanted: float) -> str:
    """Names a ratio only if it is telling; any other would give the expected value away."""
    for factor in (-1, 100, *range(2, 33)):
        if wanted and abs(got / wanted - factor) < 1e-3 * abs(factor):
            return f"it is {factor} times the expected value"
        if got and abs(wanted / got - factor) < 1e-3 * abs(factor):
            return f"it is 1/{factor} of the expected value"
    return "it is too large" if got > wanted else "it is too small"


def _sentence(text: str, hint: str) -> str:
    return f"{text}. {hint}" if hint else text
