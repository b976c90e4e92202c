"""Pickles as Python 2 wrote them, which the official CIFAR-10 batches are.

Their strings load as `bytes` with `encoding="bytes"` and as `str` with `encoding="latin1"`, and readers of CIFAR-10 do
either. Python 3's pickler cannot write such strings, so the few opcodes that a batch needs are written here: dicts,
lists, strings, integers below 2**31 and uint8 arrays. The bytes depend neither on Python's nor on NumPy's version.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np


def dumps(value: Any) -> bytes:
    """Returns the pickle (protocol 2) of a value made of dict, list, bytes, int and uint8 arrays.

    Raises:
        TypeError: there is something else in it.
    """
    return b"\x80\x02" + _opcodes(value) + b"."


def _opcodes(value: Any) -> bytes:
    """Returns the opcodes that push `value` on the unpickler's stack."""
    if isinstance(value, dict):
        return b"}(" + b"".join(_opcodes(key) + _opcodes(item) for key, item in value.items()) + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(map(_opcodes, value)) + b"e"
    if isinstance(value, bytes):
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, int) and not isinstance(value, bool):
        return b"K" + bytes([value]) if 0 <= value < 256 else b"J" + struct.pack("<i", value)
    if isinstance(value, np.ndarray) and value.dtype == np.uint8:
        return _array(value)
    raise TypeError(f"A batch holds dicts, lists, bytes, ints and uint8 arrays, not {type(value).__name__}.")


def _array(array: np.ndarray) -> bytes:
    """Returns the opcodes of a uint8 array: an empty one is made, then given its shape, type and bytes."""
    shape = b"(" + b"".join(map(_opcodes, array.shape)) + b"t"
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1\x89\x88\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + _opcodes(array.tobytes()) + b"tb"
