"""Comparisons for the visible suites: `import expect`.

A failure says what was expected, what came, and which mistake is the usual cause (the `hint` of the test).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def that(condition: object, message: str) -> None:
    """Asserts a property; the sentence says what is wrong otherwise."""
    if not bool(condition):
        raise AssertionError(message)


def tensor(actual: Any, what: str, hint: str = "") -> Tensor:
    """Asserts that `actual` is a tensor and returns it."""
    if not isinstance(actual, Tensor):
        _fail(f"{what} should be a torch.Tensor, got {_kind(actual)}", hint)
    return actual


def shape(actual: Any, expected: tuple[int, ...], what: str, hint: str = "") -> Tensor:
    """Asserts that `actual` is a tensor of that shape and returns it."""
    got, expected = tuple(tensor(actual, what, hint).shape), tuple(expected)
    if got != expected:
        turned = len(got) > 1 and got == expected[::-1]
        _fail(f"{what} should have the shape {expected}, got {got}{': it is transposed' if turned else ''}", hint)
    return actual


def dtype(actual: Any, expected: torch.dtype, what: str, hint: str = "") -> Tensor:
    """Asserts the dtype of a tensor and returns it."""
    got = tensor(actual, what, hint).dtype
    if got != expected:
        _fail(f"{what} should be {expected}, got {got}", hint)
    return actual


def finite(actual: Any, what: str, hint: str = "") -> Tensor:
    """Asserts that a tensor holds neither nan nor inf and returns it."""
    if not bool(torch.isfinite(tensor(actual, what, hint)).all()):
        _fail(f"{what} should be finite, got nan or inf\n{_show('got', actual)}", hint)
    return actual


def close(actual: Any, expected: Any, what: str, hint: str = "", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Asserts shape, then values.

    Args:
        actual: what the student's code returned: a tensor, or a number if `expected` is one.
        expected: a tensor, a number or nested lists of numbers.
        what: names it in the message, such as "the distances".
        hint: a sentence about the usual mistake.
        rtol: relative tolerance.
        atol: absolute tolerance.
    """
    if isinstance(expected, int | float) and isinstance(actual, int | float) and not isinstance(actual, bool):
        actual = torch.tensor(float(actual), dtype=torch.float64)
    wanted = torch.as_tensor(expected).detach().cpu().double()
    got = _real(shape(actual, tuple(wanted.shape), what, hint), what, hint)
    wrong = ~torch.isclose(got, wanted, rtol=rtol, atol=atol, equal_nan=True)
    if not bool(wrong.any()):
        return
    if not bool(torch.isfinite(got).all()) and bool(torch.isfinite(wanted).all()):
        finding = "nan or inf where finite values are expected"
    else:
        finding = _finding(got, wanted, wrong)
    _fail(f"{what}: {finding}\n{_show('expected', wanted)}\n{_show('got', got)}", hint)


def equal(actual: Any, expected: Any, what: str, hint: str = "") -> None:
    """Asserts that two things are the same: numbers, text, lists, or tensors value by value (after their shape)."""
    if isinstance(expected, Tensor):
        shape(actual, tuple(expected.shape), what, hint)
        if not torch.equal(actual.detach().cpu().double(), expected.detach().cpu().double()):
            _fail(f"{what}: not the expected values\n{_show('expected', expected)}\n{_show('got', actual)}", hint)
    elif actual != expected:
        _fail(f"{what} should be {_short(expected)}, got {_short(actual)}", hint)


def unchanged(before: Tensor, after: Tensor, what: str, hint: str = "work on a copy") -> None:
    """Asserts that a call left a tensor as it was (`before` is a clone made before the call)."""
    if before.shape != after.shape or not torch.equal(before, after):
        _fail(f"{what} was modified in place", hint)


# The text of a failure ----------------------------------------------------------------------------------------------


def _fail(text: str, hint: str) -> None:
    raise AssertionError(f"{text}\n{hint}" if hint else text)


def _real(actual: Tensor, what: str, hint: str) -> Tensor:
    """Asserts that a tensor holds real numbers and returns them as float64."""
    if actual.is_complex() or actual.dtype == torch.bool:
        _fail(f"{what} should hold real numbers, got {actual.dtype}", hint)
    return actual.detach().cpu().double()


def _finding(got: Tensor, wanted: Tensor, wrong: Tensor) -> str:
    relation = _relation(got, wanted)
    if got.numel() == 1:
        return relation or f"it is off by {(got - wanted).item():+.4g}"
    position = tuple(wrong.nonzero()[0].tolist())
    place = position[0] if len(position) == 1 else position
    differ = f"{int(wrong.sum())} of {wrong.numel()} values differ, the first at position {place}"
    return relation or differ


def _relation(got: Tensor, wanted: Tensor) -> str:
    """Says how the values relate to the expected ones if the relation is telling."""
    all_of_them = "it" if got.numel() == 1 else "every value"
    if wanted.abs().max() < 1e-8:
        return ""
    if got.abs().max() < 1e-8:
        return f"{all_of_them} is 0"
    relations = {"the negative": -wanted}
    if bool((wanted >= 0).all()):
        relations |= {"the square root": wanted.sqrt(), "the square": wanted.square(), "the logarithm": wanted.log()}
    relations["the exponential"] = wanted.exp()
    for name, related in relations.items():
        if torch.allclose(got, related, rtol=1e-3, atol=1e-6):
            return f"{all_of_them} is {name} of the expected"
    if got.ndim == 2 and got.shape[0] == got.shape[1] and torch.allclose(got, wanted.T, rtol=1e-3, atol=1e-6):
        return "it is the transpose of the expected"
    nonzero = wanted.abs() > 1e-8
    ratio = (got[nonzero] / wanted[nonzero]).mean()
    if torch.allclose(got, ratio * wanted, rtol=1e-3, atol=1e-6):
        return f"{all_of_them} is {ratio.item():.4g} times the expected"
    offset = (got - wanted).mean()
    if got.numel() > 1 and torch.allclose(got, wanted + offset, rtol=1e-3, atol=1e-6):
        return f"every value is {offset.item():+.4g} away from the expected"
    return ""


def _show(label: str, value: Tensor) -> str:
    value = value.detach().cpu()
    if value.numel() > 24:
        first = ", ".join(f"{number:.4g}" for number in value.flatten()[:6].tolist())
        return f"  {label:>8}: [{first}, ...] in the shape {tuple(value.shape)}"
    return f"  {label:>8}: {_numbers(value.tolist())}"


def _numbers(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_numbers(item) for item in value)}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _kind(value: Any) -> str:
    return "None: is a `return` missing?" if value is None else f"a {type(value).__name__}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
