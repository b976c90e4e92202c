"""Hidden suite of `projection_head`: the head's formula, ResNet-18 layer by layer, and the two in a row.

A test quotes what it demands.
"""

from __future__ import annotations

import contextlib
import functools
from types import SimpleNamespace

import pytest
import torch

from autograder.rpc import parameters
from autograder.rpc.errors import StudentError
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

    `default()` is made without a stem. `by_stem(stem)` is one in evaluation mode, asked for everything that is needed
    and then released: `features()` are those of `images`, with parameters that both sides have drawn anew, and
    `expected()` those by the oracle. `drawn()` is `default()` with its parameters drawn anew, since a normalisation
    whose scale starts at 0 lets no gradient through. All come with their initial kernels.
    """

    def made(network):
        shapes = network.shapes()
        names = [name for name, shape in shapes.items() if len(shape) == 4 and torch.Size(shape).numel() < 40_000]
        kernels = {name: network.get(name) for name in names}
        return SimpleNamespace(network=network, shapes=shapes, kernels=kernels)

    def seed(name):
        return int(torch.randint(2**31, (), generator=seeds.generator(name)))

    @functools.cache
    def by_stem(stem):
        others = []
        with contextlib.suppress(StudentError):
            others.append(default().network)  # its kernels are inspected before any are drawn anew
        encoder = made(student.make(ENCODER, stem, seed=3).eval())
        size = 9 if stem == "cifar" else 36
        images = torch.rand(2, 3, size, size + 5, generator=seeds.generator(f"images {stem}"))
        answer = attempt(lambda: features(encoder, images, stem))
        if encoder.network not in others:
            encoder.network.forget()

        def expected():
            weights = (value for _, value in parameters.draw(encoder.shapes, seed(stem)))
            return oracles.resnet18_features(weights, images, stem)

        return SimpleNamespace(**{**vars(encoder), "network": None}, features=answer, expected=expected)

    def features(encoder, images, stem):
        has_its_layers(encoder, stem)
        encoder.network.draw(seed(stem))
        return encoder.network(images).value

    @functools.cache
    def default():
        return made(student.make(ENCODER, seed=1))

    @functools.cache
    def drawn():
        with contextlib.suppress(StudentError):
            by_stem("cifar")  # its kernels are inspected before any are drawn anew
        encoder = default()
        encoder.network.draw(seed("drawn"))
        return encoder

    return SimpleNamespace(by_stem=by_stem, default=default, drawn=drawn)


def attempt(ask):
    """Asks at once, and returns a function that gives the answer, or raises the exception."""
    try:
        answer = ask()
    except (StudentError, AssertionError) as error:
        return functools.partial(_raise, error)
    return lambda: answer


def _raise(error):
    raise error


def has_its_layers(encoder, stem):
    """Asserts that the shapes of an encoder's parameters are those of ResNet-18."""
    count = sum(torch.Size(shape).numel() for shape in encoder.shapes.values())
    hint = "It is torchvision's resnet18, without fc; the stem for CIFAR has a 3x3 convolution without bias."
    right = sorted(encoder.shapes.values()) == oracles.resnet18_shapes(stem)
    expect.that(right, f"the parameters of the {stem} encoder ({count:,}) are not those of ResNet-18. {hint}")


def formula(head, h, sizes=(7, 5, 3)):
    """z of a head with these sizes by the oracle: (B, 7) -> (B, 3) float64."""
    first, hidden, last = sizes
    inside = oracles.linear(by_shape(head, (hidden, first), "W1"), by_shape(head, (hidden,), "its bias"), h)
    return oracles.linear(
        by_shape(head, (last, hidden), "W2"), by_shape(head, (last,), "its bias"), inside.clamp(min=0)
    )


def varied(value, shape, what, hint=""):
    """Asserts that a tensor has that shape and is not the same number everywhere: something was computed."""
    expect.that(bool(expect.shape(value, shape, what, hint).std() > 0), f"{what} is the same number everywhere.")


def test_head_has_two_linear_layers_and_nothing_else(student, rng):
    """Both layers have biases, and there is nothing else in it."""
    head = student.make(HEAD, 7, 5, 3)
    varied(head(torch.randn(20, 7, generator=rng)).value, (20, 3), "z")
    by_shape(head, (5, 7), "W1")
    by_shape(head, (3, 5), "W2")
    by_shape(head, (5,), "the first bias")
    by_shape(head, (3,), "the second bias")
    extra = len(head.state()) - 4
    expect.that(extra == 0, f"the head holds {extra} more tensors than its two layers. It has no batch normalisation.")


def test_head_by_default_maps_512_to_128(student, rng):
    """`ProjectionHead(512, 512, 128)` has 512 * 512 + 512 + 512 * 128 + 128 = 328,320 parameters, biases included."""
    head = student.make(HEAD)
    count = sum(value.numel() for value in head.parameters().values())
    expect.that(count == 328_320, f"the head should have 328,320 parameters by default, got {count:,}.")
    varied(head(torch.rand(3, 512, generator=rng)).value, (3, 128), "z", "The defaults are 512, 512 and 128.")


def test_head_computes_the_formula(student, rng):
    """a linear layer, a ReLU, a linear layer (section 2.1): z = W2 ReLU(W1 h)"""
    head, h = student.make(HEAD, 7, 5, 3, seed=1), torch.randn(20, 7, generator=rng)
    expected = formula(head, h)
    one, other = (head.train()(h, seed=seed).value for seed in (1, 2))
    expect.shape(one, (20, 3), "z", "Keep the batch dimension.")
    expect.that(
        torch.equal(one, other), "z changes from call to call in training mode: there is no dropout in the head"
    )
    hint = "z = W2 ReLU(W1 h): one ReLU, between the layers; z is not normalised here."
    for mode in (True, False):
        expect.close(head.train(mode)(h).value, expected, "z", hint)


def test_head_projects_a_single_representation(student, rng):
    """(B, in_dim) -> (B, out_dim). B may be 1."""
    h = torch.randn(1, 7, generator=rng)
    hint = "Keep the batch dimension: no squeeze."
    for out_dim in (3, 1):
        head = student.make(HEAD, 7, 5, out_dim, seed=1)
        expect.close(head(h).value, formula(head, h, (7, 5, out_dim)), "z of a batch of one", hint)


def test_head_is_trained_in_all_its_parts(student, rng):
    """Gradients reach both layers and, through h, the encoder."""
    head, h = student.make(HEAD, 7, 5, 3, seed=1), torch.randn(20, 7, generator=rng)
    reply = head(h, grad=True)
    names = [name for name, slope in reply.parameter_grads.items() if slope is None or not slope.abs().sum() > 0]
    reached = reply.differentiable and reply.parameter_grads and not names
    expect.that(reached, f"no gradient reaches {', '.join(names) or 'the head'}.")
    expect.that(reply.input_grads[0] is not None, "no gradient goes through the head to the encoder. Do not detach h.")


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_encoder_has_the_layers_of_resnet18(encoders, stem):
    """It is torchvision's `resnet18` with `fc` replaced by the identity."""
    has_its_layers(encoders.by_stem(stem), stem)


def test_encoder_normalises_by_the_batch_only_in_training(encoders, rng):
    """It is torchvision's `resnet18`"""
    network, images = encoders.drawn().network, torch.rand(3, 3, 9, 9, generator=rng)
    among = expect.shape(network.eval()(images).value, (3, 512), "h")
    others = expect.shape(network(torch.cat([images[:1], images[:2]])).value, (3, 512), "h")
    hint = "Keep the batch normalisations."
    expect.close(others[0], among[0], "h of an image in two batches, in evaluation mode", hint)
    trained = expect.shape(network.train()(images).value, (3, 512), "h")
    expect.that(
        not torch.allclose(trained, among, atol=1e-3), f"h is the same in training and in evaluation mode. {hint}"
    )


@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_encoder_computes_resnet18(encoders, stem):
    """h = f(x) is the output of the global average pooling"""
    encoder = encoders.by_stem(stem)
    hint = "fc is replaced by the identity, after the average pooling."
    h = expect.shape(encoder.features(), (2, 512), "h", hint)
    strides = (
        "a 3x3 convolution of stride 1 with padding 1, and no max pooling"
        if stem == "cifar"
        else "torchvision's own first layers"
    )
    hint = f"The {stem} stem has {strides}; nothing comes after the average pooling."
    expect.close(h, encoder.expected(), "h", hint, rtol=1e-3, atol=1e-4)


def test_encoder_by_default_is_for_cifar(encoders):
    """ "cifar", the default, for those first layers of the paper"""
    kernels = [shape for shape in encoders.default().shapes.values() if len(shape) == 4]
    expect.that(bool(kernels), "the encoder has no convolution.")
    message = f"the first kernel by default should have the shape (64, 3, 3, 3), got {kernels[0] if kernels else ()}"
    expect.that(kernels[0] == (64, 3, 3, 3), f'{message}. The default stem is "cifar".')


def test_encoder_refuses_another_stem(student, encoders):
    """`stem` is neither of the two."""
    expect.that(
        bool(encoders.by_stem("cifar").kernels), "the encoder has no convolution."
    )  # the two valid stems are not refused
    hint = "Raise a ValueError for a stem that is neither of the two."
    expect.raises("ValueError", lambda: student.call(ENCODER, "tiny"), 'resnet18_encoder("tiny")', hint)


def test_encoder_starts_at_random(encoders):
    """randomly initialised at every call"""
    one, other = encoders.default().kernels, encoders.by_stem("cifar").kernels
    same = [name for name in one if name in other and torch.equal(one[name], other[name])]
    hint = "The encoder is randomly initialised anew at every call, not pretrained."
    expect.that(bool(one) and not same, f"two encoders have equal kernels. {hint}")


def test_encoder_is_trained_in_all_its_parts(encoders, rng):
    """All parameters are trained."""
    encoder = encoders.drawn()
    expect.that(bool(encoder.kernels), "the encoder has no convolution.")
    forward = encoder.network.train().get("forward")  # called directly, it sends no gradients back: they are large
    reply = forward(torch.rand(3, 3, 8, 8, generator=rng), grad=True, cotangent=torch.randn(3, 512, generator=rng))
    names = [name for name, needed in encoder.network.requires_grad().items() if not needed]
    for name, shape in encoder.shapes.items():
        if name.endswith("weight") and torch.Size(shape).numel() < 100_000:
            slope = encoder.network.get(f"{name}.grad")
            names += [] if slope is not None and slope.abs().sum() > 0 else [name]
    expect.that(
        reply.differentiable and not names,
        f"no gradient reaches {', '.join(list(dict.fromkeys(names))[:3]) or 'the encoder'}.",
    )


def test_encoder_represents_a_single_image(encoders, rng):
    """also for a single image: (1, 512)"""
    network, images = encoders.drawn().network.eval(), torch.rand(2, 3, 8, 8, generator=rng)
    hint = "Keep the batch dimension: flatten(1), not squeeze()."
    alone, among = network(images[:1]).value, network(images, seed=1).value
    varied(among, (2, 512), "h")
    expect.shape(alone, (1, 512), "h of a batch of one", hint)
    expect.close(alone, among[:1], "h of an image alone, compared with h of it in a batch")


def parts(student):
    """A small encoder with 12 inputs and 5 features, a head to 3 values, and the model of both."""
    f, g = student.prop("RecordingEncoder", 12, 5, seed=1), student.prop("Linear", 5, 3, seed=2)
    return f, g, student.make(MODEL, f, g)


def composed(f, g, images):
    """g(f(x)) of those parts by the oracle: (B, 3, 2, 2) -> (B, 3) float64."""
    (kernel,), head = f.parameters().values(), g.parameters()
    return oracles.linear(head["weight"], head["bias"], oracles.linear(kernel, torch.zeros(5), images.flatten(1)))


def test_model_applies_encoder_then_head(student, rng):
    """Encoder and projection head in a row: z = g(f(x))."""
    f, g, model = parts(student)
    images = torch.randn(4, 3, 2, 2, generator=rng)
    hint = "z = g(f(x)), each applied once; no normalisation: the loss does that."
    expect.close(model(images).value, composed(f, g, images), "z", hint)


def test_model_projects_a_single_image(student, rng):
    """(B, 3, H, W) -> (B, out_dim). B may be 1."""
    f, g, model = parts(student)
    images = torch.randn(1, 3, 2, 2, generator=rng)
    expect.close(model(images).value, composed(f, g, images), "z of a batch of one", "Keep the batch dimension.")


def test_model_applies_each_once_in_its_mode(student, rng):
    """A forward pass applies each of the two once, in the mode that it is in"""
    f, _, model = parts(student)
    for mode in (True, False):
        varied(model.train(mode)(torch.randn(4, 3, 2, 2, generator=rng)).value, (4, 3), "z")
    calls = [tuple(call) for call in f.get("batches")]
    expect.that(len(calls) == 2, "the encoder should be called once per forward pass.")
    expect.that(
        calls == [(4, True), (4, False)], "the encoder should be called on the whole batch, in the model's mode."
    )


def test_model_trains_encoder_and_head(student, rng):
    """gradients reach both"""
    f, g, model = parts(student)
    reply = model(torch.randn(4, 3, 2, 2, generator=rng), grad=True)
    expect.that(reply.differentiable, "z has no gradient. Do not detach.")
    for name, part in (("encoder", f), ("head", g)):
        slopes = part.grads()
        missing = [key for key, slope in slopes.items() if slope is None or not slope.abs().sum() > 0]
        expect.that(not missing, f"no gradient reaches the {name}. Do not detach h, and use the {name} that was given.")
