"""The messages between judge and worker: a JSON header and the bytes of the tensors, both length-prefixed.

    4 bytes header length · 4 bytes body length (big-endian) · header (UTF-8 JSON) · body (tensors; may be empty)

The tensors lie in the body in the order in which the header has them, row by row, each from a multiple of `ALIGNMENT`.

Nothing is unpickled or evaluated. A value is sent as a JSON tree: None, booleans, integers, text and finite floats as
they are, everything else as a list whose first item is its tag (see `_Encoder`). The decoder accepts nothing that it
does not know, so that the result is plain data of exact types, whatever the other side sent.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from autograder.rpc.errors import MalformedError
from autograder.rpc.messages import AxesData, FigureData, Layer, LineData, Record, Ref, Reply

MAX_HEADER = 4 * 1024 * 1024  # bytes
MAX_BODY = 64 * 1024 * 1024
MAX_TEXT = 20_000  # characters of one text in a value
MAX_DEPTH = 40
MAX_DIMENSIONS = 8
MAX_SIZE = 1 << 24  # of a tensor's dimensions multiplied, those of 0 left out: an empty one has no other bound
MAX_COMMAS = 200_000  # in a header, which has fewer values than that
ALIGNMENT = 8  # bytes
DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}
PREFIX = struct.Struct(">II")
_DATA = {kind.__name__: kind for kind in (Reply, Layer, FigureData, AxesData, LineData)}


# Frames -------------------------------------------------------------------------------------------------------------


def pack(header: dict[str, Any], **values: Any) -> bytes:
    """Returns a frame: the header's plain entries, and each of `values` encoded with its tensors.

    Raises:
        MalformedError: a value cannot be sent, or is too large.
    """
    encoder = _Encoder()
    trees = {name: encoder.encode(value) for name, value in values.items()}
    head = json.dumps(header | {"values": trees}, allow_nan=False).encode()
    body = b"".join(encoder.parts)
    if head.count(b",") > MAX_COMMAS:
        raise MalformedError(f"more than {MAX_COMMAS:,} values")
    if len(head) > MAX_HEADER or len(body) > MAX_BODY:
        raise MalformedError(
            f"an answer of {(len(head) + len(body)) >> 20} MB; at most {MAX_BODY >> 20} MB are accepted"
        )
    return PREFIX.pack(len(head), len(body)) + head + body


def receive(read: Callable[[int], bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads a frame and returns its header and its values.

    Args:
        read: returns exactly that many bytes, or raises.

    Raises:
        MalformedError: the frame is too large, or is not one that `pack` makes.
    """
    head_length, body_length = PREFIX.unpack(read(PREFIX.size))
    if head_length > MAX_HEADER or body_length > MAX_BODY:
        raise MalformedError("a message that is too long")
    head, body = read(head_length), read(body_length)
    if head.count(b",") > MAX_COMMAS:
        raise MalformedError("a message with too many values")
    try:
        header = json.loads(head)
        if not isinstance(header, dict) or not isinstance(header.get("values"), dict):
            raise MalformedError("a header that is not an object with values")
        decoder = _Decoder(body)
        values = {str(name): decoder.decode(tree) for name, tree in header.pop("values").items()}
        if decoder.at != len(body):
            raise MalformedError("a body whose length is not that of its tensors")
    except MalformedError:
        raise
    except Exception as error:  # whatever json raises for a stranger's bytes
        raise MalformedError(f"a message that cannot be read ({type(error).__name__})") from None
    return header, values


# Values to trees ----------------------------------------------------------------------------------------------------


class _Encoder:
    """Makes JSON trees of values and collects the bytes of their tensors in `parts`."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def encode(self, value: Any, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise MalformedError("a value that is nested too deeply")
        if isinstance(value, Tensor):
            return self._tensor(value)
        kind = type(value)
        if value is None or kind in (bool, int):
            return value
        if kind is str:
            if len(value) > MAX_TEXT:
                raise MalformedError(f"a text of {len(value)} characters")
            return value
        if kind is float:
            return value if math.isfinite(value) else ["float", str(value)]
        if kind in (list, tuple):
            return [kind.__name__, [self.encode(item, depth + 1) for item in value]]
        if kind is dict:
            pairs = [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in value.items()]
            return ["dict", pairs]
        if kind is Ref:
            return ["ref", value.id, value.kind]
        if kind is Record:
            return ["record", value.kind, list(value.fields), [self.encode(item, depth + 1) for item in value.values]]
        if kind.__name__ in _DATA and kind is _DATA[kind.__name__]:
            pairs = [[entry.name, self.encode(getattr(value, entry.name), depth + 1)] for entry in fields(value)]
            return ["data", kind.__name__, pairs]
        raise MalformedError(f"a value of the type {kind.__name__}")

    def _tensor(self, value: Tensor) -> Any:
        if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
            raise MalformedError(
                f"a tensor of the layout {value.layout} on {value.device.type}; expected a dense one on the CPU"
            )
        value = _bounded(value.detach().as_subclass(Tensor).resolve_conj().resolve_neg())
        if value.is_complex():
            return ["complex", self._tensor(torch.view_as_real(value))]
        dtype = str(value.dtype).removeprefix("torch.")
        if dtype not in DTYPES:
            raise MalformedError(f"a tensor of the dtype {dtype}")
        strides: Any = value.stride()
        order = sorted(range(value.dim()), key=lambda i: -strides[i])  # so that the memory layout is kept
        value = value.permute(order).contiguous()
        self.parts.append(ctypes.string_at(value.data_ptr(), value.nbytes) if value.numel() else b"")
        self.parts.append(bytes(-value.nbytes % ALIGNMENT))
        return ["tensor", dtype, list(value.shape), None if order == sorted(order) else order]


# Trees to values ----------------------------------------------------------------------------------------------------


class _Decoder:
    """Makes values of JSON trees and the bytes of their tensors.

    Attributes:
        at: how many bytes of the body have been read.
    """

    def __init__(self, body: bytes):
        self._body = bytearray(body)
        self.at = 0

    def decode(self, tree: Any, depth: int = 0) -> Any:
        """Returns the value of a tree, of exact plain types.

        Raises:
            MalformedError: it contains something that `pack` does not make.
        """
        if depth > MAX_DEPTH:
            raise MalformedError("a value that is nested too deeply")
        if tree is None or type(tree) in (bool, int):
            return tree
        if type(tree) is float and math.isfinite(tree):
            return tree
        if type(tree) is str:
            return tree.encode(errors="replace").decode()  # no lone surrogates
        if type(tree) is not list or not tree:
            raise MalformedError("a value of an unknown kind")
        tag, *rest = tree
        match tag, rest:
            case "tensor", [str(dtype), list(shape), order] if dtype in DTYPES:
                return _in_order(self._tensor(DTYPES[dtype], shape), order)
            case "complex", [[*_] as parts]:
                return _complex(self.decode(parts, depth + 1))
            case "float", [("nan" | "inf" | "-inf") as text]:
                return float(text)
            case (("list" | "tuple"), [list(items)]):
                values = [self.decode(item, depth + 1) for item in items]
                return values if tag == "list" else tuple(values)
            case "dict", [list(pairs)]:
                return self._pairs(pairs, depth)
            case "ref", [int(number), str(kind)] if type(number) is int:
                return Ref(number, kind[:200])
            case "record", [str(kind), list(names), list(items)]:
                if len(names) != len(items) or not all(type(name) is str for name in names):
                    raise MalformedError("a record whose fields do not match")
                return Record(kind[:200], tuple(names), tuple(self.decode(item, depth + 1) for item in items))
            case "data", [str(kind), list(pairs)] if kind in _DATA:
                return _data(_DATA[kind], self._pairs(pairs, depth))
        raise MalformedError("a value of an unknown kind")

    def _pairs(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        found = {}
        for pair in pairs:
            if type(pair) is not list or len(pair) != 2:
                raise MalformedError("a malformed dict")
            key = self.decode(pair[0], depth + 1)
            if not (key is None or isinstance(key, bool | int | float | str)):
                raise MalformedError("a dict whose keys are not plain values")
            found[key] = self.decode(pair[1], depth + 1)
        return found

    def _tensor(self, dtype: torch.dtype, shape: list[Any]) -> Tensor:
        if not all(type(size) is int and size >= 0 for size in shape):
            raise MalformedError("a tensor with a malformed shape")
        _check_shape(shape)
        count = math.prod(shape)
        if not count:
            return torch.empty(shape, dtype=dtype)
        length = count * dtype.itemsize
        if length > len(self._body) - self.at:
            raise MalformedError("a tensor that is not in the body")
        read = torch.uint8 if dtype == torch.bool else dtype  # a byte of a bool may be anything
        value = torch.frombuffer(self._body, dtype=read, count=count, offset=self.at).view(shape)
        self.at += length + -length % ALIGNMENT
        return value != 0 if dtype == torch.bool else value


def _bounded(value: Tensor) -> Tensor:
    """Returns a tensor if its shape is one that an answer may have."""
    _check_shape(value.shape)
    return value


def _check_shape(shape: Sequence[int]) -> None:
    """Raises MalformedError for a shape that no answer may have, even that of an empty tensor."""
    if len(shape) > MAX_DIMENSIONS or math.prod(max(size, 1) for size in shape) > MAX_SIZE:
        raise MalformedError(f"a tensor of the shape {tuple(shape)[: 2 * MAX_DIMENSIONS]}")


def _complex(parts: Any) -> Tensor:
    if not isinstance(parts, Tensor) or not parts.is_floating_point() or not parts.dim() or parts.shape[-1] != 2:
        raise MalformedError("a malformed complex tensor")
    return torch.view_as_complex(parts.contiguous())


def _in_order(value: Tensor, order: Any) -> Tensor:
    if order is None:
        return value
    if type(order) is not list or not all(type(i) is int for i in order) or sorted(order) != list(range(value.dim())):
        raise MalformedError("a tensor with a malformed layout")
    return value.permute([order.index(i) for i in range(value.dim())])


def _data(kind: Any, given: dict[Any, Any]) -> Any:
    if set(given) != {entry.name for entry in fields(kind)}:
        raise MalformedError(f"a {kind.__name__} with the wrong fields")
    for name, wanted in _HINTS[kind].items():
        if not _fits(given[name], wanted):
            raise MalformedError(f"a {kind.__name__} whose {name} has the wrong type")
    return kind(**given)


_HINTS = {kind: typing.get_type_hints(kind) for kind in _DATA.values()}


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a decoded value has an annotated type, one of those that the classes of `messages.py` use."""
    if wanted is Any:
        return True
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is types.UnionType:
        return any(_fits(value, kind) for kind in inner)
    if origin is tuple:  # of any length
        return type(value) is tuple and all(_fits(item, inner[0]) for item in value)
    if origin is dict:
        return type(value) is dict and all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
    return value is None if wanted is types.NoneType else type(value) is wanted
