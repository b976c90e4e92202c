"""Hidden suite of `conv_block`: one block of the encoder, and the encoder of four."""

from __future__ import annotations

import torch

from autograder.rpc.errors import StudentError
from autograder.suites import expect
from autograder.suites import protonet_oracles as oracles


def pairs(module, count):
    """The names of the convolutions and batch normalisations of a network, one pair for each of `count` blocks."""
    layers = module.layers()
    convolutions = [layer.name for layer in layers if layer.kind.endswith("Conv2d")]
    norms = [layer.name for layer in layers if layer.kind.endswith("BatchNorm2d")]
    expect.that(
        len(convolutions) == len(norms) == count,
        f"expected {count} nn.Conv2d and {count} nn.BatchNorm2d of its own for each block, found {len(convolutions)} "
        f"and {len(norms)}; the same block used twice counts once",
    )
    return list(zip(convolutions, norms, strict=True))


def is_sequential(block):
    """Whether a block is an nn.Sequential or derived from it: it has what nn.Module lacks, and is not a list."""
    try:
        block.get("append")
    except StudentError:
        return False
    return block.kind != "ModuleList"


def scramble(module, names, rng):
    """Gives the blocks random weights and statistics, and returns them as the oracle takes them."""
    state, blocks = module.state(), []
    for convolution, norm in names:
        weight = state[f"{convolution}.weight"]
        channels = len(weight)
        fresh = {
            f"{convolution}.weight": torch.randn(weight.shape, generator=rng),
            f"{convolution}.bias": torch.randn(channels, generator=rng),
            f"{norm}.weight": 0.5 + torch.rand(channels, generator=rng),
            f"{norm}.bias": torch.randn(channels, generator=rng),
            f"{norm}.running_mean": torch.randn(channels, generator=rng),
            f"{norm}.running_var": 20 + 40 * torch.rand(channels, generator=rng),  # no usual eps matters
        }
        fresh[f"{norm}.weight"][0] *= -1  # then it matters whether pooling comes before or after,
        fresh[f"{norm}.bias"][0] = 1 + torch.rand((), generator=rng)  # where the ReLU lets it through
        fresh[f"{norm}.bias"][-1] = -1 - torch.rand((), generator=rng)  # and the ReLU has something to cut off
        state |= {name: value for name, value in fresh.items() if name in state}
        defaults = {"weight": torch.ones(channels), "running_var": torch.ones(channels)}
        get = lambda name, end: state.get(f"{name}.{end}", defaults.get(end, torch.zeros(channels)))  # noqa: B023, E731
        blocks.append(
            {"weight": get(convolution, "weight"), "bias": get(convolution, "bias"), "gamma": get(norm, "weight")}
            | {"beta": get(norm, "bias"), "mean": get(norm, "running_mean"), "var": get(norm, "running_var")}
        )
    module.load(state)
    return blocks


def test_block_halves_height_and_width_rounding_down(student, rng):
    """it keeps height and width; the pooling halves them, rounding down."""
    block = student.make("protonet.conv_block", 2, 5)
    expect.that(is_sequential(block), f"conv_block should return an nn.Sequential, got {block.kind}")
    scramble(block, pairs(block, 1), rng)
    for height, width in ((9, 6), (28, 28), (7, 15), (2, 3)):
        value = block(torch.randn(3, 2, height, width, generator=rng)).value
        hint = "The convolution is padded by 1 and keeps the size; the pooling halves it."
        expect.shape(value, (3, 5, height // 2, width // 2), f"the block's output for {height}x{width}", hint)
        expect.that(bool(value.std() > 0), "the block's output is the same everywhere")


def test_block_has_the_right_parameters(student):
    """Batch normalisation learns a scale and a shift for each filter."""
    block = student.make("protonet.conv_block", 3, 7)
    shapes = sorted((tuple(value.shape) for value in block.parameters().values()), key=len)
    vectors = [(7,)] * (len(shapes) - 1)
    right = len(shapes) in (3, 4) and shapes == [*vectors, (7, 3, 3, 3)]  # the convolution's bias may be left out
    message = "the block should train a 3x3 kernel for each pair of channels, a scale and a shift for each output"
    expect.that(right, f"{message}; it has the parameters {shapes}")


def test_block_in_training_mode(student, rng):
    """An nn.Sequential of those four layers in that order"""
    block = student.make("protonet.conv_block", 2, 3).train()
    (state,) = scramble(block, pairs(block, 1), rng)
    images = torch.randn(4, 2, 5, 6, generator=rng)
    hint = "The order is convolution, batch normalisation, ReLU, max pooling, with nothing else between."
    value = block(images).value
    expect.close(value, oracles.block(images, state, True), "the block in training mode", hint, 2e-3, 2e-3)


def test_block_in_evaluation_mode(student, rng):
    """in evaluation mode it uses those and leaves them alone."""
    block = student.make("protonet.conv_block", 2, 3)
    (state,) = scramble(block, pairs(block, 1), rng)
    block.eval()
    images = torch.randn(4, 2, 6, 4, generator=rng)  # even: only how it is halved matters, not how it is rounded
    hint = "In eval mode batch normalisation uses its running statistics; the order of the layers matters here too."
    value = block(images).value
    expect.close(value, oracles.block(images, state, False), "the block in evaluation mode", hint, 2e-3, 2e-3)


def test_running_statistics_follow_training_only(student, rng):
    """In training mode it uses the batch's statistics and updates its running ones"""
    block = student.make("protonet.conv_block", 2, 3).train()
    ((_, norm),) = pairs(block, 1)
    means = []
    for training in (True, False):
        before = block.state()
        block.train(training)(5 + torch.randn(4, 2, 6, 6, generator=rng))
        after = block.state()
        tracked = f"{norm}.running_mean" in after
        expect.that(tracked, "batch normalisation should keep running statistics for evaluation")
        means.append(not torch.equal(before[f"{norm}.running_mean"], after[f"{norm}.running_mean"]))
    expect.that(means[0], "a pass in training mode should update the running statistics, but does not")
    expect.that(not means[1], "a pass in evaluation mode should leave the running statistics alone, but does not")


def test_default_encoder_embeds_omniglot_in_64_values(student, rng):
    """`ConvEncoder()` maps (B, 1, 28, 28) to (B, 64)"""
    encoder = student.make("protonet.ConvEncoder")
    for size, length in ((28, 64), (32, 256)):
        value = encoder(torch.rand(2, 1, size, size, generator=rng)).value
        expect.shape(value, (2, length), f"the embeddings of {size}x{size} images", "Four blocks, then flatten.")


def test_encoder_respects_its_channels(student, rng):
    """The first block maps `in_channels` to `hidden_channels`, the two in the middle keep `hidden_channels`, the last
    maps
    to `embedding_channels`."""
    encoder = student.make("protonet.ConvEncoder", in_channels=2, hidden_channels=3, embedding_channels=5)
    value = encoder(torch.randn(4, 2, 37, 50, generator=rng)).value
    expect.shape(value, (4, 5 * 2 * 3), "the embeddings of 37x50 images in 5 channels")
    shapes = [tuple(value.shape) for value in encoder.parameters().values() if value.ndim == 4]
    wanted = [(3, 2, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (5, 3, 3, 3)]
    expect.that(
        sorted(shapes) == sorted(wanted),
        "the four blocks should map in_channels -> hidden -> hidden -> hidden -> embedding_channels, each with "
        f"weights of its own; the kernels have the shapes {shapes}. PyTorch does not see modules in a Python list: use "
        "nn.Sequential or nn.ModuleList.",
    )


def test_encoder_is_four_blocks_in_a_row(student, rng):
    """All four are whole and have weights of their own, and nothing else comes before, between or after them."""
    encoder = student.make("protonet.ConvEncoder", 2, 3, 4)
    names = pairs(encoder, 4)
    for training in (True, False):
        blocks = scramble(encoder.train(training), names, rng)
        images = torch.randn(3, 2, 17, 34, generator=rng)
        features = images
        for state in blocks:
            features = oracles.block(features, state, training)
        mode = "training" if training else "evaluation"
        hint = (
            "All four blocks are whole, the last one, too, and nothing comes after the last block but flattening each "
            "image's feature map; train() and eval() alone switch the modes."
        )
        value = encoder(images).value
        expect.close(value, features.flatten(1), f"the embeddings in {mode} mode", hint, 5e-3, 5e-3)


def test_gradients_reach_every_parameter(student, rng):
    """Embeds images: (B, in_channels, H, W) floating -> (B, D), differentiable"""
    encoder = student.make("protonet.ConvEncoder", 1, 6, 4).train()
    blocks = pairs(encoder, 4)
    scramble(encoder, blocks, rng)  # whatever the network starts from; a shift of 2 keeps its ReLUs alive
    encoder.load(
        {
            name: torch.full_like(value, 2.0) if name in {f"{norm}.bias" for _, norm in blocks} else value
            for name, value in encoder.state().items()
        }
    )
    images = torch.rand(5, 1, 28, 28, generator=rng)
    reply = encoder(images, grad=True, cotangent=torch.randn(5, 4, generator=rng))
    expect.that(reply.differentiable, "the embeddings should be differentiable, but carry no gradient")
    for name, gradient in reply.parameter_grads.items():
        reached = gradient is not None and bool(torch.isfinite(gradient).all())
        expect.that(reached, f"no finite gradient reaches the parameter {name}. No detach, no no_grad.")
        if gradient.ndim > 1:  # a bias before the normalisation does not matter
            expect.that(gradient.abs().sum() > 0, f"the gradient of the parameter {name} is zero")
    (gradient,) = reply.input_grads
    expect.that(gradient is not None and gradient.abs().sum() > 0, "no gradient reaches the images")


def test_embeddings_in_evaluation_mode_do_not_depend_on_the_batch(student, rng):
    """In evaluation mode an embedding does not depend on the other images of the batch."""
    encoder = student.make("protonet.ConvEncoder", 1, 4, 3)
    scramble(encoder, pairs(encoder, 4), rng)
    encoder.eval()
    images = torch.rand(4, 1, 16, 16, generator=rng)
    together, alone = encoder(images).value, encoder(images[2:3]).value
    expect.shape(alone, (1, 3), "the embedding of a single image", "Keep the batch dimension.")
    hint = "Nothing but batch normalisation in training mode may look at other images."
    expect.close(alone[0], together[2], "the embedding of an image on its own", hint, 1e-3, 1e-4)


def test_single_channels_and_single_images(student, rng):
    """a batch may be a single image."""
    encoder = student.make("protonet.ConvEncoder", 1, 1, 1)
    scramble(encoder, pairs(encoder, 4), rng)
    expect.shape(encoder.eval()(torch.rand(1, 1, 16, 16, generator=rng)).value, (1, 1), "one embedding of one value")
    block = student.make("protonet.conv_block", 1, 1).eval()
    ((_, norm),) = pairs(block, 1)
    (state,) = scramble(block, pairs(block, 1), rng)
    block.load(block.state() | {f"{norm}.bias": torch.full((1,), 4.0)})  # no ReLU cuts it off
    state["beta"] = torch.full((1,), 4.0)
    expect.shape(block(torch.randn(1, 1, 3, 3, generator=rng)).value, (1, 1, 1, 1), "a block's output of one value")
    images = torch.randn(1, 1, 6, 7, generator=rng)
    value = block(images).value
    expect.close(value, oracles.block(images, state, False), "a block of one channel for one image", "", 2e-3, 2e-3)
