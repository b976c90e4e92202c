"""The messages between judge and worker: what goes in comes out, and nothing else comes out."""

from __future__ import annotations

import io
import json
import pickle

import pytest
import torch

from autograder.rpc import codec
from autograder.rpc.codec import PREFIX
from autograder.rpc.errors import MalformedError
from autograder.rpc.messages import AxesData, FigureData, Layer, LineData, Record, Ref, Reply

LINE = LineData("loss", "#000000", torch.arange(3.0), torch.ones(3))
AXES = AxesData("a", "#fff", "x", "y", ("l",), (LINE,), (torch.zeros(2, 2),), True, image_colors=(("#1",),))


def there_and_back(value):
    return codec.receive(io.BytesIO(codec.pack({"n": 1}, value=value)).read)[1]["value"]


def frame(tree, body=b""):
    head = json.dumps({"n": 1, "values": {"value": tree}}).encode()
    return io.BytesIO(PREFIX.pack(len(head), len(body)) + head + body).read


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, -(10**30), 1.5, "naïve ✓", "", [], (), {}),
        *([1, (2.5, [None])], {"a": 1, 2: "b", None: (True,)}, float("inf")),
        *(Ref(3, "Linear"), Record("Episode", ("support", "query"), (1, [2]))),
        Layer("0.conv", "Conv2d", {"kernel_size": (3, 3), "bias": None}, True),
    ],
)
def test_plain_values_come_across_as_they_are(value):
    came = there_and_back(value)
    assert (came, type(came)) == (value, type(value))


def test_nan_comes_across():
    assert there_and_back(float("nan")) != there_and_back(float("nan"))


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.int64, torch.uint8, torch.bool]
)
def test_tensors_come_across_bit_for_bit(dtype):
    for shape in ((), (0, 3), (2, 3, 4)):
        tensor = (torch.randn(shape) * 3).to(dtype)
        came = there_and_back(tensor)
        assert came.dtype == dtype
        assert torch.equal(came, tensor)


def test_memory_layout_comes_across():
    for tensor in (
        torch.randn(2, 3, 4).transpose(0, 2),
        torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    ):
        assert there_and_back(tensor).stride() == tensor.stride()


def test_replies_and_figures_come_across():
    reply = there_and_back(Reply(torch.ones(2), (1,), (None,), {"w": None}, True))
    assert (reply.inputs, reply.input_grads, reply.parameter_grads, reply.differentiable) == (
        (1,),
        (None,),
        {"w": None},
        True,
    )
    figure = there_and_back(FigureData("title", (AXES,)))
    assert (figure.axes[0].lines[0].label, figure.axes[0].image_colors) == ("loss", (("#1",),))
    assert torch.equal(figure.axes[0].lines[0].x, torch.arange(3.0))


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"bytes", torch.nn.Linear(1, 1), torch.eye(2).to_sparse(), "x" * 30_000]
)
def test_what_is_no_plain_data_does_not_leave(value):
    with pytest.raises(MalformedError):
        codec.pack({}, value=value)


def test_subclasses_arrive_as_what_they_extend():
    class Sly(torch.Tensor):
        def __eq__(self, other):
            return torch.ones((), dtype=torch.bool)

    assert type(there_and_back(torch.ones(2).as_subclass(Sly))) is torch.Tensor


def nested(depth):
    tree = 1
    for _ in range(depth):
        tree = ["list", [tree]]
    return tree


@pytest.mark.parametrize(
    "tree",
    [
        *(
            [],
            ["list"],
            ["list", 1],
            ["tuple", [1], 2],
            ["eval", "1"],
            ["float", "1.0"],
            ["tensor", "float32", [1], None],
            ["tensor", "float32", [-1], None],
            ["tensor", "float32", [-1, -1], None],
            ["tensor", "float32", [True], None],
            ["tensor", "float32", [2.0], None],
            ["tensor", "float32", [10**30], None],
            ["tensor", "complex64", [], None],
            ["tensor", "object", [0], None],
            {"a": 1},
        ),
        *(["dict", [[1]]], ["dict", [[["list", []], 1]]], ["ref", True, "x"], ["ref", "1", "x"], ["ref", 1, 2]),
        *(["record", "R", ["a"], []], ["record", "R", [1], [1]], ["data", "Popen", []], ["data", "Reply", []]),
        ["data", "Layer", [["name", 1], ["kind", "a"], ["settings", ["dict", []]], ["leaf", True]]],
        ["data", "Layer", [["name", "a"], ["kind", "a"], ["settings", ["dict", [[1, 2]]]], ["leaf", True]]],
        ["data", "FigureData", [["title", "a"], ["axes", ["list", []]]]],
        nested(100),
    ],
)
def test_a_tree_that_pack_does_not_make_is_malformed(tree):
    with pytest.raises(MalformedError):
        codec.receive(frame(tree))


@pytest.mark.parametrize("order", [[0, 0], [1], "01", [0, 2], [True, False]])
def test_a_layout_that_is_none_is_malformed(order):
    with pytest.raises(MalformedError):
        codec.receive(frame(["tensor", "float32", [2, 2], order], bytes(16)))


@pytest.mark.parametrize(
    "head", [b"", b"{", b"[]", b'{"n": 1}', b'{"values": []}', b"\xff", b"[" * 100_000, b"9" * 10_000]
)
def test_a_header_that_is_none_is_malformed(head):
    with pytest.raises(MalformedError):
        codec.receive(io.BytesIO(PREFIX.pack(len(head), 0) + head).read)


@pytest.mark.parametrize("body", [b"", b"\0", bytes(15), bytes(17), bytes(64), pickle.dumps({"0": 1})])
def test_a_body_of_another_length_than_its_tensors_is_malformed(body):
    codec.receive(frame(["tensor", "float32", [2, 2], None], bytes(16)))
    with pytest.raises(MalformedError):
        codec.receive(frame(["tensor", "float32", [2, 2], None], body))


def test_no_two_tensors_share_memory_and_none_is_read_only():
    first, second = there_and_back([torch.zeros(3), torch.zeros(3)])
    first += 1
    assert (first.tolist(), second.tolist()) == ([1, 1, 1], [0, 0, 0])
    assert first.data_ptr() % 8 == second.data_ptr() % 8 == 0


def test_a_bool_is_one_whatever_its_byte():
    came = codec.receive(frame(["tensor", "bool", [8], None], bytes([0, 1, 2, 3, 128, 255, 0, 1])))[1]["value"]
    assert came.view(torch.uint8).tolist() == [0, 1, 1, 1, 1, 1, 0, 1]
    assert torch.equal(came, torch.tensor([False, True, True, True, True, True, False, True]))


@pytest.mark.parametrize("lengths", [(codec.MAX_HEADER + 1, 0), (10, codec.MAX_BODY + 1), (2**32 - 1, 2**32 - 1)])
def test_too_long_a_message_is_refused_before_it_is_read(lengths):
    asked = []

    def read(length):
        asked.append(length)
        return PREFIX.pack(*lengths)

    with pytest.raises(MalformedError):
        codec.receive(read)
    assert asked == [PREFIX.size]


def test_lone_surrogates_do_not_come_across():
    came = codec.receive(frame("\ud800x"))[1]["value"]
    assert came.encode() == b"?x"


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_complex_tensors_come_across_so_that_the_judge_can_name_them(dtype):
    value = torch.complex(*torch.randn(2, 3, 4, dtype=torch.float64)).to(dtype)
    got = there_and_back(value)
    assert got.dtype == dtype
    assert torch.equal(got, value)


def test_complex_tensor_that_is_none_is_malformed():
    tensors = ((["float32", [3, 3], None], 40), (["int64", [2], None], 16), (["float32", [], None], 8))
    for tree, length in (*((["tensor", *tensor], length) for tensor, length in tensors), (["list", []], 0)):
        codec.receive(frame(tree, bytes(length)))
        with pytest.raises(codec.MalformedError):
            codec.receive(frame(["complex", tree], bytes(length)))
