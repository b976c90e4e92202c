"""Hidden suite of `projection_head`: the head's formula, ResNet-18 layer by layer, and the two in a row."""

from __future__ import annotations

import contextlib
import functools
from types import SimpleNamespace

import pytest
import torch

from autograder.grading import drawing
from autograder.grading.student import StudentError
from autograder.suites import expect, seeds
from autograder.suites import simclr_oracles as oracles

HEAD = "simclr.ProjectionHead"
ENCODER = "simclr.resnet18_encoder"
MODEL = "simclr.SimCLR"


def by_shape(module, shape, what):
    """The one parameter of that shape."""
    found = [value for value in module.parameters().values() if tuple(value.shape) == shape]
    hint = "The head is a linear layer, a ReLU and a linear layer, both with biases."
    one = f"the head should have one parameter of the shape {shape} ({what}), found {len(found)}"
    expect.that(len(found) == 1, f"{one}. {hint}")
    return found[0]


@pytest.fixture(scope="module")
def encoders(student):
    """Encoders that several tests look at, each made at its first use: they are large.

    `by_stem(stem)` is used in evaluation mode only and keeps its fresh statistics; `weights(stem)` draws its parameters
    anew on both sides. `trained()` is made without a stem and may be trained. Both come with their first kernels.
    """

    def made(network):
        shapes = network.shapes()
        names = [name for name, shape in shapes.items() if len(shape) == 4 and torch.Size(shape).numel() < 200_000]
        return SimpleNamespace(network=network, shapes=shapes, kernels={name: network.get(name) for name in names[:9]})

    def weights(stem):
        encoder, seed = by_stem(stem), int(torch.randint(2**31, (), generator=seeds.generator(stem)))
        has_its_layers(encoder, stem)
        encoder.network.draw(seed)
        return list(drawing.parameters(encoder.shapes, seed).values())

    @functools.cache
    def by_stem(stem):
        with contextlib.suppress(StudentError):
            trained()  # its kernels are looked at before any are drawn anew
        return made(student.make(ENCODER, stem, seed=3).eval())

    trained = functools.cache(lambda: made(student.make(ENCODER, seed=1)))
    return SimpleNamespace(by_stem=by_stem, weights=functools.cache(weights), trained=trained)


def has_its_layers(encoder, stem):
    """Asserts that the shapes of an encoder's parameters are those of ResNet-18."""
    count = sum(torch.Size(shape).numel() for shape in encoder.shapes.values())
    hint = "It is torchvision's resnet18, without fc; the stem for CIFAR has a 3x3 convolution without bias."
    right = sorted(encoder.shapes.values()) == oracles.resnet18_shapes(stem)
    expect.that(right, f"the parameters of the {stem} encoder ({count:,}) are not those of ResNet-18. {hint}")


def test_head_has_two_linear_layers_and_nothing_else(student):
    head = student.make(HEAD, 7, 5, 3)
    by_shape(head, (5, 7), "W1")
    by_shape(head, (3, 5), "W2")
    by_shape(head, (5,), "the first bias")
    by_shape(head, (3,), "the second bias")
    extra = len(head.state()) - 4
    expect.that(extra == 0, f"the head holds {extra} more tensors than its two layers. It has no batch normalisation.")


def test_head_by_default_maps_512_to_128(student, rng):
    head = student.make(HEAD)
    count = sum(value.numel() for value in head.parameters().values())
    expect.that(count == 328_320, f"the head should have 328,320 parameters by default, got {count:,}.")
    expect.shape(head(torch.rand(3, 512, generator=rng)).value, (3, 128), "z", "The defaults are 512, 512 and 128.")


def test_head_computes_the_formula(student, rng):
    head, h = student.make(HEAD, 7, 5, 3, seed=1), torch.randn(6, 7, generator=rng)
    inside = oracles.linear(by_shape(head, (5, 7), "W1"), by_shape(head, (5,), "its bias"), h).clamp(min=0)
    expected = oracles.linear(by_shape(head, (3, 5), "W2"), by_shape(head, (3,), "its bias"), inside)
    hint = "z = W2 ReLU(W1 h): one ReLU, between the layers; z is not normalised here."
    for mode in (True, False):
        expect.close(head.train(mode)(h).value, expected, "z", hint)


def test_head_is_trained_in_all_its_parts(student, rng):
    head, h = student.make(HEAD, 7, 5, 3, seed=1), torch.randn(8, 7, generator=rng)
    reply = head(h, grad=True)
    names = [name for name, slope in reply.parameter_grads.items() if slope is None or not slope.abs().sum() > 0]
    expect.that(reply.differentiable and not names, f"no gradient reaches {', '.join(names) or 'the head'}.")
    expect.that(reply.input_grads[0] is not None, "no gradient goes through the head to the encoder. Do not detach h.")


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_encoder_has_the_layers_of_resnet18(encoders, stem):
    has_its_layers(encoders.by_stem(stem), stem)


@pytest.mark.parametrize(("stem", "size"), [("cifar", 9), ("imagenet", 36)])
def test_encoder_computes_resnet18(encoders, rng, stem, size):
    network, images = encoders.by_stem(stem).network, torch.rand(2, 3, size, size + 5, generator=rng)
    weights = encoders.weights(stem)
    h = expect.shape(network(images).value, (2, 512), "h", "fc is replaced by the identity, after the average pooling.")
    strides = "a convolution of stride 1 and no max pooling" if stem == "cifar" else "torchvision's own first layers"
    hint = f"The {stem} stem has {strides}; nothing comes after the average pooling."
    expect.close(h, oracles.resnet18_features(weights, images, stem), "h", hint, rtol=1e-3, atol=1e-4)


def test_encoder_by_default_is_for_cifar(encoders):
    kernels = [shape for shape in encoders.trained().shapes.values() if len(shape) == 4]
    expect.that(bool(kernels), "the encoder has no convolution.")
    message = f"the first kernel by default should have the shape (64, 3, 3, 3), got {kernels[0] if kernels else ()}"
    expect.that(kernels[0] == (64, 3, 3, 3), f'{message}. The default stem is "cifar".')


def test_encoder_refuses_another_stem(student):
    hint = "Raise a ValueError for a stem that is neither of the two."
    expect.raises("ValueError", lambda: student.call(ENCODER, "tiny"), 'resnet18_encoder("tiny")', hint)


def test_encoder_starts_at_random(encoders):
    one, other = encoders.trained().kernels, encoders.by_stem("cifar").kernels
    same = [name for name in one if name in other and torch.equal(one[name], other[name])]
    hint = "The encoder is randomly initialised anew at every call, not pretrained."
    expect.that(bool(one) and not same, f"two encoders have equal kernels. {hint}")


def test_encoder_is_trained_in_all_its_parts(encoders, rng):
    encoder = encoders.trained()
    forward = encoder.network.train().get("forward")  # called by itself it sends no gradients back: they are large
    reply = forward(torch.rand(3, 3, 8, 8, generator=rng), grad=True, cotangent=torch.randn(3, 512, generator=rng))
    names = [name for name, needed in encoder.network.requires_grad().items() if not needed]
    for name, shape in encoder.shapes.items():
        if torch.Size(shape).numel() < 100_000:
            slope = encoder.network.get(f"{name}.grad")
            names += [] if slope is not None and slope.abs().sum() > 0 else [name]
    expect.that(reply.differentiable and not names, f"no gradient reaches {', '.join(names[:3]) or 'the encoder'}.")


def test_encoder_normalises_by_the_batch_only_in_training(encoders, rng):
    network, images = encoders.trained().network, torch.rand(3, 3, 9, 9, generator=rng)
    alone = network.eval()(images[:1]).value
    among = expect.shape(network(images).value, (3, 512), "h")[:1]
    expect.close(
        alone, among, "h of an image alone and in a batch, in evaluation mode", "Keep the batch normalisations."
    )
    trained = network.train()(images).value[:1]
    expect.that(not torch.allclose(trained, among, atol=1e-3), "h is the same in training and in evaluation mode.")


def parts(student):
    """A small encoder with 12 inputs and 5 features, a head to 3 values, and the model of both."""
    f, g = student.prop("RecordingEncoder", 12, 5, seed=1), student.prop("Linear", 5, 3, seed=2)
    return f, g, student.make(MODEL, f, g)


def test_model_applies_encoder_then_head(student, rng):
    f, g, model = parts(student)
    images = torch.randn(4, 3, 2, 2, generator=rng)
    (kernel,), head = f.parameters().values(), g.parameters()
    h = oracles.linear(kernel, torch.zeros(5), images.flatten(1))
    hint = "z = g(f(x)), each applied once; no normalisation: the loss does that."
    expect.close(model(images).value, oracles.linear(head["weight"], head["bias"], h), "z", hint)
    expect.that(len(f.get("batches")) == 1, "the encoder should be called once per forward pass.")


def test_model_trains_encoder_and_head(student, rng):
    f, g, model = parts(student)
    reply = model(torch.randn(4, 3, 2, 2, generator=rng), grad=True)
    expect.that(reply.differentiable, "z has no gradient. Do not detach.")
    for name, part in (("encoder", f), ("head", g)):
        slopes = part.grads()
        missing = [key for key, slope in slopes.items() if slope is None or not slope.abs().sum() > 0]
        expect.that(not missing, f"no gradient reaches the {name}. Do not detach h, and use the {name} that was given.")
