"""What stages/protonet.py should do, in the order of the paper."""

from __future__ import annotations

import math
from typing import NamedTuple

import expect
import pytest
import torch
from stages import protonet
from torch import Tensor, nn
from toys import Descent, random


class Episode(NamedTuple):
    """As in stages/episodes.py; the tests of this module do not need that file."""

    support: Tensor
    query: Tensor


# conv_block -----------------------------------------------------------------------------------------------------------

ORDER = "The order is convolution, batch normalisation, ReLU, max pooling, with nothing else between."


@pytest.mark.stage("conv_block")
def test_block_has_four_layers_in_the_papers_order():
    block = protonet.conv_block(2, 5)
    expect.that(isinstance(block, nn.Sequential), f"conv_block should return an nn.Sequential, got {type(block)}")
    kinds = [type(layer) for layer in block]
    names = ", ".join(kind.__name__ for kind in kinds)
    for kind in (nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d):
        expect.that(kind in kinds, f"the block has no nn.{kind.__name__}, its layers are {names}. {ORDER}")
    convolution, norm, relu, pooling = map(kinds.index, (nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d))
    order = convolution < norm < min(relu, pooling)  # ReLU and max pooling may change places: the result is the same
    expect.that(order and len(kinds) == 4, f"the block's layers are {names}. {ORDER}")
    kernel = tuple(block[convolution].weight.shape)
    expect.equal(kernel[2:], (3, 3), "the size of the kernels", "A 3x3 kernel for each pair of channels.")
    shapes = [tuple(value.shape) for value in block[norm].parameters()]
    hint = "Batch normalisation learns a scale and a shift for each filter; BatchNorm2d has both unless affine=False."
    expect.equal(shapes, [(5,), (5,)], "the shapes of the learned scale and shift", hint)
    tracked = block[norm].running_mean is not None
    expect.that(tracked, "batch normalisation should keep running statistics for evaluation")


@pytest.mark.stage("conv_block")
def test_block_halves_the_image():
    block = protonet.conv_block(2, 5)
    hint = "The convolution is padded by 1 and keeps height and width; the pooling halves them, rounding down."
    expect.shape(block(random(3, 2, 9, 6)), (3, 5, 4, 3), "the block's output for 9x6", hint)
    expect.shape(block(random(3, 2, 28, 28)), (3, 5, 14, 14), "the block's output for 28x28", hint)


@pytest.mark.stage("conv_block")
def test_block_normalises_before_relu():
    torch.manual_seed(0)
    block = protonet.conv_block(1, 8).train()
    for layer in block:  # whatever they start from
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)
    output = block(random(4, 1, 12, 12))
    expect.shape(output, (4, 8, 6, 6), "the block's output")
    expect.that(output.min() >= 0, "nothing should be negative after ReLU and pooling")
    for channel in output.transpose(0, 1):  # the largest of four standard normal values is 1.03 on average
        usual = 0.5 < channel.mean() < 1.5
        expect.that(usual, f"a channel's mean is {channel.mean():.2f}, far from that of a normalised channel. {ORDER}")


@pytest.mark.stage("conv_block")
def test_encoder_examples_of_the_docstring():
    encoder = protonet.ConvEncoder()
    hint = "Four blocks, then flatten: a vector for each image, of all the values of its feature map."
    expect.shape(encoder(random(3, 1, 28, 28)), (3, 64), "the embeddings of 28x28 images", hint)
    expect.shape(encoder(random(3, 1, 32, 32)), (3, 256), "the embeddings of 32x32 images", hint)


@pytest.mark.stage("conv_block")
def test_encoder_has_four_blocks_of_its_own():
    encoder = protonet.ConvEncoder(in_channels=3, hidden_channels=6, embedding_channels=4)
    hint = "The last block maps to embedding_channels."
    expect.shape(encoder(random(2, 3, 37, 50)), (2, 4 * 2 * 3), "the embeddings of 37x50 images in 4 channels", hint)
    kernels = [tuple(value.shape) for value in encoder.parameters() if value.ndim == 4]
    expect.that(
        kernels == [(6, 3, 3, 3), (6, 6, 3, 3), (6, 6, 3, 3), (4, 6, 3, 3)],
        "the four blocks should map in_channels -> hidden -> hidden -> hidden -> embedding_channels (3, 6, 6, 6, 4), "
        f"each with weights of its own; the kernels have the shapes {kernels}. PyTorch does not see modules in a "
        "Python list: use nn.Sequential or nn.ModuleList.",
    )


@pytest.mark.stage("conv_block")
def test_one_image_of_one_channel_keeps_its_dimensions():
    encoder = protonet.ConvEncoder(1, 1, 1).eval()
    hint = "Keep the batch dimension, and that of an embedding of one value."
    expect.shape(encoder(random(1, 1, 16, 16)), (1, 1), "the embedding of one image", hint)
    expect.shape(protonet.conv_block(1, 1).eval()(random(1, 1, 3, 3)), (1, 1, 1, 1), "a block's output for one image")


def telling(encoder):
    """An encoder with weights of which every image gets another embedding, the same every time; some values are 0."""
    with torch.no_grad():
        for seed, value in enumerate(encoder.parameters()):
            value.copy_(0.4 * random(*value.shape, seed=seed) + (0.6 if value.ndim == 1 else 0.0))
        for norm in [layer for layer in encoder.modules() if isinstance(layer, nn.BatchNorm2d)][-1:]:
            norm.bias[0] = -2.0
    return encoder


@pytest.mark.stage("conv_block")
def test_encoder_in_evaluation_mode_sees_one_image_at_a_time():
    encoder = telling(protonet.ConvEncoder(1, 4, 3))
    images = random(5, 1, 16, 16)
    expect.shape(encoder(images), (5, 3), "the embeddings of 16x16 images")
    encoder.eval()
    together = encoder(images)
    left = any(module.training for module in encoder.modules())
    expect.that(not left, "forward left evaluation mode: train() and eval() alone switch the modes")
    hint = (
        "In evaluation mode an embedding must not depend on the other images of the batch, and nothing comes after the "
        "last block but flattening."
    )
    expect.close(encoder(images[2:3]), together[2:3], "the embedding of a single image", hint)


@pytest.mark.stage("conv_block")
def test_encoder_is_its_four_blocks_and_nothing_else():
    encoder = telling(protonet.ConvEncoder(2, 3, 4)).eval()
    layers = [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)]
    expect.equal(len(layers), 8, "the number of convolutions and batch normalisations", "Four blocks, one pair each.")
    images = random(3, 2, 33, 18).requires_grad_(True)
    features = images
    for convolution, norm in zip(layers[::2], layers[1::2], strict=True):
        features = torch.nn.functional.max_pool2d(norm(convolution(features)).relu(), 2)
    hint = "All four blocks are whole, the last one, too, and nothing comes after the last block but flattening."
    embeddings = encoder(images)
    expect.close(embeddings, features.flatten(1), "the embeddings", hint)
    expect.that(embeddings.requires_grad, "the embeddings carry no gradient: no detach, no no_grad")


@pytest.mark.stage("conv_block")
def test_gradients_reach_every_kernel():
    encoder = protonet.ConvEncoder(1, 4, 3).train()
    for layer in encoder.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.ones_(layer.weight)
            nn.init.constant_(layer.bias, 2.0)
    (encoder(random(4, 1, 28, 28)) * random(4, 3, seed=1)).sum().backward()
    kernels = [value for value in encoder.parameters() if value.ndim == 4]
    expect.equal(len(kernels), 4, "the number of kernels")
    for number, kernel in enumerate(kernels):
        reached = kernel.grad is not None and bool(kernel.grad.abs().sum() > 0)
        expect.that(reached, f"no gradient reaches the kernel of block {number + 1}: no detach, no no_grad")


# prototypes -----------------------------------------------------------------------------------------------------------


MEAN = (
    "The mean runs over a class's support points, dimension 1, and row k is class k; it is not a sum or a median, and "
    "embeddings are not normalised."
)


@pytest.mark.stage("prototypes")
def test_prototypes_of_unequal_sizes():
    support = random(4, 3, 5)
    wanted = (support[:, 0] + support[:, 1] + support[:, 2]) / 3
    expect.close(protonet.compute_prototypes(support), wanted, "the prototypes", MEAN)


@pytest.mark.stage("prototypes")
def test_prototypes_example_of_the_docstring():
    support = torch.tensor([[[0.0, 2.0], [4.0, 6.0]], [[1.0, 1.0], [3.0, 5.0]]])
    expect.close(protonet.compute_prototypes(support), [[2.0, 4.0], [2.0, 3.0]], "the prototypes", MEAN)


@pytest.mark.stage("prototypes")
def test_one_support_point_is_its_own_prototype():
    support = random(5, 1, 3)
    prototypes = protonet.compute_prototypes(support)
    expect.close(prototypes, support[:, 0], "the prototypes of a single support point each", "They are those points.")


@pytest.mark.stage("prototypes")
def test_prototypes_of_single_classes_points_and_values():
    for shape in ((1, 3, 4), (3, 2, 1), (3, 1, 1), (1, 1, 4), (1, 1, 1)):
        support = random(*shape)
        wanted = sum(support[:, i] for i in range(shape[1])) / shape[1]
        hint = "squeeze() drops too much; only dimension 1 goes."
        expect.close(protonet.compute_prototypes(support), wanted, f"the prototypes of {shape}", hint)


@pytest.mark.stage("prototypes")
def test_prototypes_far_from_zero():
    support = 50 + random(3, 4, 5)
    wanted = (support[:, 0] + support[:, 1] + support[:, 2] + support[:, 3]) / 4
    hint = "Nothing is normalised or cut off, neither before nor after the mean."
    expect.close(protonet.compute_prototypes(support), wanted, "the prototypes of embeddings far from 0", hint)


@pytest.mark.stage("prototypes")
def test_prototypes_keep_float64():
    support = random(2, 3, 4, dtype=torch.float64)
    wanted = (support[:, 0] + support[:, 1] + support[:, 2]) / 3
    prototypes = protonet.compute_prototypes(support)
    hint = "Take the dtype from the input."
    expect.dtype(prototypes, torch.float64, "the prototypes of float64 embeddings", hint)
    expect.close(prototypes, wanted, "the prototypes of float64 embeddings", MEAN)
    precise = torch.allclose(prototypes, wanted, rtol=1e-10, atol=1e-12)
    expect.that(precise, "an intermediate result has less precision than the input: do not convert to float32 inside")
    single = protonet.compute_prototypes(support.float())
    expect.dtype(single, torch.float32, "the prototypes of float32 embeddings", hint)


@pytest.mark.stage("prototypes")
def test_prototypes_in_any_memory_layout():
    support = random(5, 4, 3).permute(2, 1, 0)  # three classes with four points, not contiguous
    before = support.clone()
    wanted = (before[:, 0] + before[:, 1] + before[:, 2] + before[:, 3]) / 4
    expect.close(protonet.compute_prototypes(support), wanted, "the prototypes of a tensor that is not contiguous")
    expect.unchanged(before, support, "support")


@pytest.mark.stage("prototypes")
def test_prototypes_pass_gradients_to_every_support_point():
    support = random(3, 4, 2).requires_grad_(True)
    prototypes = protonet.compute_prototypes(support)
    message = "no gradient reaches the support embeddings: no detach, no .data, no no_grad"
    expect.that(prototypes.requires_grad, message)
    prototypes.sum().backward()
    expect.that(support.grad is not None, message)
    expect.close(support.grad, torch.full((3, 4, 2), 0.25), "the gradient of each point", "Each of 4 points gets 1/4.")


# distances ------------------------------------------------------------------------------------------------------------


SQUARES = "The sum of the squared differences: squared, so no root; a sum, so no mean; entry [i, j] is query i."


def distances_one_by_one(queries, prototypes):
    """The definition, prototype by prototype."""
    return torch.stack([(queries - prototype).square().sum(1) for prototype in prototypes], dim=1)


@pytest.mark.stage("distances")
def test_distances_of_unequal_sizes():
    queries, prototypes = random(7, 5), random(4, 5, seed=1)
    wanted = distances_one_by_one(queries, prototypes)
    expect.close(protonet.squared_euclidean(queries, prototypes), wanted, "the distances of 7 queries to 4", SQUARES)


@pytest.mark.stage("distances")
def test_distances_example_of_the_docstring():
    queries, prototypes = torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0], [0.0, 2.0]])
    distances = protonet.squared_euclidean(queries, prototypes)
    expect.close(distances, [[1.0, 4.0], [1.0, 2.0], [18.0, 13.0]], "the distances", SQUARES)


@pytest.mark.stage("distances")
def test_distances_of_single_vectors_and_single_values():
    for m, n, d in ((1, 4, 3), (5, 1, 3), (5, 4, 1), (1, 1, 3), (1, 1, 1)):
        queries, prototypes = random(m, d), random(n, d, seed=1)
        wanted = distances_one_by_one(queries, prototypes)
        hint = "Keep both dimensions even if one of them is 1; squeeze() does not."
        expect.close(protonet.squared_euclidean(queries, prototypes), wanted, f"the distances of {m} to {n}", hint)


@pytest.mark.stage("distances")
def test_distances_of_long_vectors():
    queries, prototypes = 300 * random(4, 3), 300 * random(2, 3, seed=1)
    wanted = distances_one_by_one(queries, prototypes)
    hint = "Vectors 300 times as long are 90,000 times as far apart, squared; nothing is normalised or cut off."
    expect.close(protonet.squared_euclidean(queries, prototypes), wanted, "the distances of long vectors", hint)


@pytest.mark.stage("distances")
def test_distances_in_any_memory_layout():
    queries, prototypes = random(4, 5).T, random(4, 3, seed=1).T  # not contiguous
    before = queries.clone(), prototypes.clone()
    distances = protonet.squared_euclidean(queries, prototypes)
    expect.close(distances, distances_one_by_one(*before), "the distances of tensors that are not contiguous")
    expect.unchanged(before[0], queries, "queries")
    expect.unchanged(before[1], prototypes, "prototypes")


@pytest.mark.stage("distances")
def test_both_arguments_get_gradients():
    queries, prototypes = random(5, 4).requires_grad_(True), random(3, 4, seed=1).requires_grad_(True)
    distances = protonet.squared_euclidean(queries, prototypes)
    if distances.requires_grad:
        distances.sum().backward()
    difference = (queries.detach().unsqueeze(1) - prototypes.detach()) * 2
    for name, given, wanted in (
        ("queries", queries, difference.sum(1)),
        ("prototypes", prototypes, -difference.sum(0)),
    ):
        expect.that(given.grad is not None, f"no gradient reaches the {name}: no detach, no .data, no no_grad")
        expect.close(given.grad, wanted, f"the gradient of the {name}", "The derivative of (q - c)^2 is 2 (q - c).")


@pytest.mark.stage("distances")
def test_distance_to_itself_is_zero_and_has_a_gradient():
    points = random(4, 6).requires_grad_(True)
    distances = protonet.squared_euclidean(points, points)
    expect.shape(distances, (4, 4), "the distances")
    expect.close(distances.diagonal(), torch.zeros(4), "the distances of vectors to themselves")
    distances[0, 1].backward()
    hint = "A root has an infinite slope at 0, even if it is squared afterwards."
    expect.finite(points.grad, "the gradient where vectors are equal", hint)
    expect.close(points.grad[0], 2 * (points[0] - points[1]), "the gradient of the first vector", "It is 2 (q - c).")


@pytest.mark.stage("distances")
def test_distances_far_from_the_origin():
    queries, prototypes = random(3, 4), random(2, 4, seed=1)
    near = protonet.squared_euclidean(queries, prototypes)
    far = protonet.squared_euclidean(queries + 4096, prototypes + 4096)
    hint = "Moving all vectors keeps distances. ||q||^2 - 2 q.c + ||c||^2 cancels for large vectors: subtract first."
    expect.close(far, near, "the distances of large vectors that are close together", hint, rtol=0.01, atol=0.01)


@pytest.mark.stage("distances")
def test_many_distances_are_as_accurate_as_few():
    queries, prototypes = 3000 + random(40, 8), 3000 + random(30, 8, seed=1)
    wanted = distances_one_by_one(queries.double(), prototypes.double())
    hint = "Beyond 25 vectors torch.cdist multiplies matrices, which cancels: subtract first."
    distances = protonet.squared_euclidean(queries, prototypes)
    expect.close(distances, wanted, "the distances of 40 queries to 30 prototypes", hint, rtol=1e-3, atol=1e-3)


@pytest.mark.stage("distances")
def test_distances_keep_float64():
    queries, prototypes = random(3, 4, dtype=torch.float64), random(2, 4, seed=1, dtype=torch.float64)
    hint = "Take the dtype from the inputs, inside as well."
    distances = protonet.squared_euclidean(queries + 1e5, prototypes + 1e5)
    expect.dtype(distances, torch.float64, "the distances of float64 vectors", hint)
    near = protonet.squared_euclidean(queries, prototypes)
    expect.close(distances, near, "the distances of float64 vectors", hint, rtol=1e-4, atol=1e-3)
    single = protonet.squared_euclidean(queries.float(), prototypes.float())
    expect.dtype(single, torch.float32, "the distances of float32 vectors", hint)


# protonet_forward -----------------------------------------------------------------------------------------------------


HINT = (
    "Check, in this order: the scores (minus the squared distances, nothing else done to them), the logarithm of the "
    "softmax over the classes, the labels (row c is class c), the mean over all queries."
)


class Recorder(nn.Module):
    """An encoder that flattens images (B, C, H, W) and records its mode and the sizes of its batches."""

    def __init__(self):
        super().__init__()
        self.batches, self.modes = [], []

    def forward(self, images):
        hint = "The encoder takes images (B, C, H, W): flatten classes and shots into B, and nothing else."
        expect.that(images.ndim == 4, f"the encoder was given an input of size {list(images.shape)}. {hint}")
        self.batches.append(len(images))
        self.modes.append(self.training)
        return images.flatten(1)


def on_a_line(support, query):
    """An episode of one-pixel images: support and query hold a list of values for each class."""
    return Episode(*(torch.tensor(values)[..., None, None, None] for values in (support, query)))


def classify(episode, encoder=None):
    """The network's output: by name, or, where a tuple has no names, by position. A test of its own asks for them."""
    output = protonet.ProtoNet(encoder or nn.Flatten())(episode)
    usable = isinstance(output, tuple) and len(output) == 3
    expect.that(usable, f"forward should return an EpisodeOutput(loss, accuracy, predictions), got {type(output)}")
    return output if hasattr(output, "_fields") else protonet.EpisodeOutput(*output)


def number(value):
    """A tensor of one element, or a number, as a float."""
    got = torch.as_tensor(value)
    expect.that(got.numel() == 1, f"this should be one number, got the shape {tuple(got.shape)}")
    return float(value)


@pytest.mark.stage("protonet_forward")
def test_output_has_names_shapes_and_dtypes():
    output = protonet.ProtoNet(nn.Flatten())(Episode(random(2, 2, 1, 2, 2), random(2, 3, 1, 2, 2, seed=1)))
    fields = getattr(output, "_fields", None)
    hint = "Return an EpisodeOutput, which is a NamedTuple."
    expect.equal(fields, ("loss", "accuracy", "predictions"), "the fields of the output", hint)
    for name, value in (("loss", output.loss), ("accuracy", output.accuracy)):
        expect.shape(value, (), f"the {name}", "It is one number, the mean over all queries.")
        expect.that(value.is_floating_point(), f"the {name} should be a floating tensor, got {value.dtype}")
    expect.dtype(output.predictions, torch.int64, "the predictions")
    expect.shape(output.predictions, (2, 3), "the predictions", "There is a row for each class.")


@pytest.mark.stage("protonet_forward")
def test_episode_is_left_as_it_is():
    episode = Episode(random(2, 2, 1, 2, 2), random(2, 3, 1, 2, 2, seed=1))
    before = [images.clone() for images in episode]
    number(classify(episode).loss)
    expect.unchanged(before[0], episode.support, "the support of the episode")
    expect.unchanged(before[1], episode.query, "the query of the episode")


@pytest.mark.stage("protonet_forward")
def test_support_and_query_go_through_the_encoder_together():
    encoder = Recorder()
    classify(Episode(random(4, 2, 3, 2, 2), random(4, 5, 3, 2, 2)), encoder)
    what = "the encoder should run once, on all 4 x 2 support and 4 x 5 query images together"
    hint = "Then batch normalisation sees them all."
    expect.that(encoder.batches == [28], f"{what}; it ran on batches of {encoder.batches}. {hint}")


@pytest.mark.stage("protonet_forward")
@pytest.mark.parametrize("training", [True, False])
def test_mode_is_the_callers_choice(training):
    encoder = Recorder()
    network = protonet.ProtoNet(encoder).train(training)
    network(Episode(random(4, 2, 3, 2, 2), random(4, 5, 3, 2, 2)))
    hint = "forward must not switch modes: it calls neither train() nor eval()."
    right = all(mode == training for mode in encoder.modes) and network.training == encoder.training == training
    expect.that(right, f"the network was called in {'training' if training else 'evaluation'} mode and left it. {hint}")


@pytest.mark.stage("protonet_forward")
def test_moving_all_images_leaves_the_loss():
    episode = Episode(random(3, 2, 1, 1, 2), random(3, 4, 1, 1, 2, seed=1))
    moved = Episode(*(images + 3 for images in episode))
    hint = (
        "Squared distances do not change if all embeddings move by the same vector; a cosine does, and normalised "
        "embeddings do not move together."
    )
    loss = number(classify(moved).loss)
    expect.close(loss, number(classify(episode).loss), "the loss after 3 was added to all images", hint, atol=1e-3)


@pytest.mark.stage("protonet_forward")
def test_nearest_prototype_is_the_most_probable_class():
    output = classify(on_a_line(support=[[1.0], [9.0], [4.0]], query=[[2.0], [8.0], [5.0]]))
    hint = "Row c is class c. The nearest prototype is the most probable class; there is a row for each class."
    expect.equal(output.predictions.flatten().tolist(), [0, 1, 2], "the predictions", hint)


@pytest.mark.stage("protonet_forward")
def test_prototypes_come_from_the_support_of_their_class_alone():
    episode = on_a_line(support=[[-1.0, 1.0], [19.0, 21.0], [9.0, 11.0]], query=[[14.0], [0.0], [40.0]])
    hint = (
        "The prototype of class c is the mean of the support images in row c; the queries have no part in it. Check "
        "the split into support and query, and how the support is reshaped."
    )
    expect.equal(classify(episode).predictions.flatten().tolist(), [2, 0, 1], "the predictions", hint)


@pytest.mark.stage("protonet_forward")
def test_queries_belong_to_the_class_of_their_row():
    episode = on_a_line(support=[[-1.0, 1.0], [3.0, 5.0], [8.0, 10.0]], query=[[0.1, 4.2], [3.9, 8.7], [9.3, 0.3]])
    output = classify(episode)
    hint = "Query i of class c stays at [c, i]: there is a row for each class."
    expect.equal(output.predictions.flatten().tolist(), [0, 1, 1, 2, 2, 0], "the predictions, row by row", hint)
    hint = (
        "The true class of a query in row c is class c; the accuracy is the fraction in [0, 1] of right ones, not a "
        "count or a percentage."
    )
    expect.close(number(output.accuracy), 0.5, "the accuracy", hint)


@pytest.mark.stage("protonet_forward")
def test_asking_twice_leaves_the_loss():
    episode = Episode(random(3, 2, 1, 1, 2), random(3, 4, 1, 1, 2, seed=1))
    twice = Episode(episode.support, torch.cat([episode.query, episode.query], dim=1))
    loss = number(classify(twice).loss)
    hint = "Take the softmax over the classes, not over the queries; the loss is the mean over all queries, no sum."
    expect.close(loss, number(classify(episode).loss), "the loss where every query is there twice", hint, atol=1e-4)


@pytest.mark.stage("protonet_forward")
@pytest.mark.parametrize(("true_class", "wanted"), [(0, 0.1269), (1, 2.1269)])
def test_forward_example_of_the_docstring(true_class, wanted):
    far = 1 + math.sqrt(3)  # the query at 1 has the squared distances 1 to 0, and 3 to this
    support, other = ([[0.0], [far]], 6.0) if true_class == 0 else ([[far], [0.0]], -4.0)
    output = classify(on_a_line(support, query=[[1.0], [other]]))  # the other query has no doubt: its loss is 0
    what = (
        f"the loss of a query at squared distances 1 and 3 from classes {true_class} and {1 - true_class}, divided by 2"
    )
    expect.close(number(output.loss), wanted / 2, what, HINT, atol=1e-3)


@pytest.mark.stage("protonet_forward")
def test_large_distances_leave_the_loss_finite():
    episode = on_a_line(support=[[0.0], [100.0]], query=[[90.0], [100.0]])
    hint = "exp(-8100) is 0 and its logarithm -inf: take log_softmax of the negative distances instead."
    expect.close(number(classify(episode).loss), 4000.0, "the loss of a query at squared distances 8100 and 100", hint)


@pytest.mark.stage("protonet_forward")
def test_loss_by_the_definition():
    episode = Episode(random(4, 2, 1, 2, 3), random(4, 5, 1, 2, 3, seed=1))
    centres = episode.support.sum(dim=1).flatten(1) / 2
    total = 0.0
    for k in range(4):
        for query in episode.query[k].flatten(1):
            likelihoods = [math.exp(-((query - centre) ** 2).sum().item()) for centre in centres]
            total -= math.log(likelihoods[k] / sum(likelihoods))
    expect.close(number(classify(episode).loss), total / 20, "the loss", HINT)


@pytest.mark.stage("protonet_forward")
def test_one_query_one_support_image_one_class():
    output = classify(on_a_line(support=[[0.0], [4.0], [9.0]], query=[[0.1], [8.0], [9.3]]))
    hint = "Does a squeeze drop a dimension of size 1, and broadcasting add another one?"
    expect.close(number(output.accuracy), 2 / 3, "the accuracy for one query of each class", hint)
    expect.equal(output.predictions.tolist(), [[0], [2], [2]], "the predictions for one query of each class", hint)
    output = classify(on_a_line(support=[[1.0, 2.0]], query=[[0.0, 5.0, 9.0]]))
    expect.close(number(output.loss), 0.0, "the loss for a single class", "Its probability is 1.")
    expect.close(number(output.accuracy), 1.0, "the accuracy for a single class")
    expect.equal(output.predictions.tolist(), [[0, 0, 0]], "the predictions for a single class", hint)


@pytest.mark.stage("protonet_forward")
def test_loss_trains_the_encoder_through_support_and_query():
    support, query = random(3, 2, 1, 2, 2).requires_grad_(True), random(3, 4, 1, 2, 2, seed=1).requires_grad_(True)
    output = classify(Episode(support, query))
    expect.tensor(output.loss, "the loss")
    hint = "The loss has to reach the encoder through the queries and through the prototypes: no detach, no no_grad."
    expect.that(output.loss.requires_grad, f"no gradient reaches the encoder: the loss carries none. {hint}")
    output.loss.backward()
    for name, images in (("support", support), ("query", query)):
        reached = images.grad is not None and images.grad.abs().sum() > 0
        expect.that(reached, f"the gradient does not reach the {name} images. {hint}")
        expect.finite(images.grad, f"the gradient of the {name} images")


# protonet_training ----------------------------------------------------------------------------------------------------


class Slope(nn.Module):
    """A model with one weight w; its loss is w * (the first support value), so that value is the gradient."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(1.0))
        self.modes = []

    def forward(self, episode):
        self.modes.append(self.training)
        predictions = torch.zeros(1, 1, dtype=torch.int64)
        return protonet.EpisodeOutput(self.w * episode.support.flatten()[0], torch.tensor(0.25), predictions)


class Episodes:
    """An episode for each value, to be iterated once; how many there are is not known."""

    def __init__(self, values):
        self.values = iter(values)

    def __iter__(self):
        return self

    def __next__(self):
        return on_a_line([[next(self.values)]], [[0.0]])


class Steps(Descent):
    """Gradient descent that notes, at each step, which gradient it found and how often backward had run by then."""

    def __init__(self, model, lr):
        super().__init__(model.parameters(), lr)
        self.gradients, self.backwards, self.count = [], [], 0
        model.w.register_hook(self.gets_gradient)

    def gets_gradient(self, gradient):
        self.count += 1

    def step(self, closure=None):
        loss = closure() if closure else None
        (w,) = self.param_groups[0]["params"]
        self.gradients.append(0.0 if w.grad is None else w.grad.item())
        self.backwards.append(self.count)
        super().step()
        return loss


def train(*values):
    """Trains a Slope with learning rate 0.1 on an episode for each value; returns it and what was logged."""
    model = Slope().eval()
    return model, go_on(model, *values)


def go_on(model, *values, optimizer=None):
    """Trains a model once more, and returns what was logged: step, numbers, the weight at that time."""
    entries, modes = [], model.modes

    def log(step, numbers):
        entries.append((step, dict(numbers), model.w.item()))

    optimizer = optimizer or Descent(model.parameters(), lr=0.1)
    protonet.train_protonet(model, Episodes(values), optimizer, log)
    expect.that(modes, "the model was not run on an episode")
    model.modes = modes
    return entries


@pytest.mark.stage("protonet_training")
def test_every_step_follows_the_gradient_of_its_episode():
    model = Slope()
    optimizer = Steps(model, lr=0.1)
    go_on(model, 1.0, 2.0, 4.0, optimizer=optimizer)
    hint = "For every episode: forward, clear the old gradients, backward, one step of the optimizer, nothing else."
    expect.that(optimizer.gradients, f"the optimizer that was given took no step. {hint}")
    expect.that(optimizer.count, f"no backward reached the weight: is the loss cut off from the model? {hint}")
    expect.that(optimizer.backwards[0], f"the optimizer stepped before the first backward. {hint}")
    expect.that(any(optimizer.gradients), f"the gradient was gone when the optimizer stepped. {hint}")
    expect.equal(len(optimizer.gradients), 3, "the number of steps of the optimizer for three episodes", hint)
    expect.close(torch.tensor(optimizer.gradients), [1.0, 2.0, 4.0], "the gradient at each step", hint)


@pytest.mark.stage("protonet_training")
def test_every_episode_is_one_step():
    model, _ = train(1.0, 2.0, 4.0)
    hint = (
        "w goes 1.0, 0.9, 0.7, 0.3. For every episode one step of the optimizer, nothing else: it has its own learning "
        "rate, and training ends with the weight of the last step."
    )
    expect.close(model.w.detach(), 0.3, "the trained parameters: the weight after three episodes", hint)


@pytest.mark.stage("protonet_training")
def test_gradients_from_before_are_cleared():
    model = Slope()
    model.w.grad = torch.tensor(5.0)
    go_on(model, 1.0)
    hint = "w goes from 1.0 to 0.9: the old gradients are cleared before every backward, even the first."
    expect.close(model.w.detach(), 0.9, "the weight of a model that had an old gradient", hint)


@pytest.mark.stage("protonet_training")
def test_every_call_counts_from_0():
    model, first = train(1.0, 2.0)
    steps = [[step for step, _, _ in entries] for entries in (first, go_on(model, 1.0, 2.0))]
    hint = (
        "log is called once per episode, 2 times in each call, and each call should count its steps from 0: 0, 1, 2, …"
    )
    expect.equal(steps, [[0, 1], [0, 1]], "the logged steps of two calls", hint)


@pytest.mark.stage("protonet_training")
def test_second_call_goes_on_with_the_optimizer_as_it_is():
    class Momentum(Descent):
        """Keeps the sum of all gradients, as a momentum of 1 does, and steps along it."""

        def step(self, closure=None):
            loss = closure() if closure else None
            for parameter in self.param_groups[0]["params"]:
                if parameter.grad is not None:
                    self.state[parameter]["sum"] = parameter.grad + self.state[parameter].get("sum", 0)
                    parameter.grad = self.state[parameter]["sum"].clone()
            super().step()
            return loss

    model = Slope()
    optimizer = Momentum(model.parameters(), lr=0.1)
    for value in (1.0, 2.0):
        protonet.train_protonet(model, Episodes([value]), optimizer, lambda step, numbers: None)
    hint = (
        "w goes from 1.0 to 0.9 and, with the momentum of the first call, to 0.6. Use the model and the optimizer that "
        "were given, as they are."
    )
    expect.close(model.w.detach(), 0.6, "the weight after two calls with one optimizer", hint)


@pytest.mark.stage("protonet_training")
def test_log_gets_step_loss_and_accuracy():
    _, entries = train(1.23, 2.0, 4.0)
    expect.equal([step for step, _, _ in entries], [0, 1, 2], "the logged steps", "Once per episode, counted from 0.")
    for (_, numbers, _), loss in zip(entries, (1.23, 1.754, 2.708), strict=True):
        for name, wanted in (("loss", loss), ("accuracy", 0.25)):
            expect.that(name in numbers, f'log should get "loss" and "accuracy", got {sorted(numbers)}')
            hint = "Each step logs its own forward pass, without averaging and before the parameters change."
            expect.close(float(numbers[name]), wanted, f"the logged {name}", hint)


@pytest.mark.stage("protonet_training")
def test_log_gets_python_floats():
    _, entries = train(1.0)
    expect.equal(len(entries), 1, "the number of calls of log for one episode")
    for name in ("loss", "accuracy"):
        kind = type(entries[0][1].get(name))
        hint = "Take .item(): a tensor would keep the graph of every step in memory."
        expect.that(issubclass(kind, float), f"the logged {name} should be a float, got {kind}. {hint}")


@pytest.mark.stage("protonet_training")
def test_log_is_called_after_the_step():
    _, entries = train(1.0, 2.0)
    hint = "Log after optimizer.step(), once per episode, not at the end."
    expect.close(torch.tensor([w for _, _, w in entries]), [0.9, 0.7], "the weight at the time of each log", hint)


@pytest.mark.stage("protonet_training")
def test_model_is_put_into_training_mode():
    model, _ = train(1.0, 2.0)
    expect.equal(len(model.modes), 2, "the number of forward passes for two episodes", "Once for every episode.")
    hint = "model.train() comes first, and nothing changes the mode later."
    expect.equal(model.modes, [True, True], "training mode in each forward pass", hint)


@pytest.mark.stage("protonet_training")
def test_episodes_are_taken_one_at_a_time():
    class Enough(Exception):
        """Ends endless training."""

    def endless():
        while True:
            ahead = (
                "they may be endless: do not turn them into a list, train on one and log it before you take the next"
            )
            assert len(taken) - len(logged) < 3, f"{len(taken)} episodes were taken and {len(logged)} logged; {ahead}"
            taken.append(1)
            yield on_a_line([[1.0]], [[0.0]])

    def log(step, _):
        logged.append(step)
        if len(logged) == 5:
            raise Enough

    taken, logged, model = [], [], Slope()
    with pytest.raises(Enough):
        protonet.train_protonet(model, endless(), Descent(model.parameters(), lr=0.1), log)
    expect.equal(logged, [0, 1, 2, 3, 4], "the steps of endless training")
