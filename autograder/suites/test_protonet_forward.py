"""Hidden suite of `protonet_forward`: from an episode to its loss, accuracy and predictions.

The weights of every encoder are the judge's own: drawn here, and loaded before and after the submission gets it. Each
test reads the part of the output that it is about, by name or, in a tuple without names, by position.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from autograder.rpc.messages import Record
from autograder.suites import expect, seeds
from autograder.suites import protonet_oracles as oracles

FIELDS = ("loss", "accuracy", "predictions")
IMAGE = (2, 3, 4)
PLANTED = torch.tensor([[0, 1], [1, 2], [2, 0]])
EPISODE = oracles.Episode(  # what no draw decides: its predictions are PLANTED
    torch.tensor([[4.0, 1.0], [1.0, 0.6], [9.0, -2.0]]).reshape(3, 1, 1, 1, 2),
    torch.tensor([4.2, 1.2, 1.1, 0.3, 0.7, 0.1, 8.7, -1.8, 9.3, -2.2, 3.9, 0.8]).reshape(3, 2, 1, 1, 2),
)
HINT = (
    "Check, in this order: the split into support and query (the prototypes come from the support alone), the scores "
    "(minus the squared distances, nothing else done to them), the logarithm of the softmax over the classes, the "
    "labels (row c is class c), the mean over all queries."
)
ACCURACY = (
    "The true class of a query in row c is class c; the accuracy is the fraction in [0, 1] of right ones, not a count."
)
NEAREST = "The nearest prototype is the most probable class; there is a row for each class."


def network(student, rng, in_dim=24, out_dim=5):
    """A ProtoNet around a linear encoder, the encoder, and what that does: (M, n_…, C, H, W) -> (M, n_…, D) float64."""
    weight = 0.35 * torch.randn(out_dim, in_dim, generator=rng) / in_dim**0.5
    encoder = student.prop("RecordingEncoder", in_dim, out_dim)
    encoder.load({"linear.weight": weight})
    net = student.make("protonet.ProtoNet", encoder)
    encoder.load({"linear.weight": weight})  # an __init__ may have drawn others
    return net, encoder, weight, lambda images: images.double().flatten(2) @ weight.double().T


def flat(student, *layers):
    """A ProtoNet whose embeddings are the images themselves, flattened, then through `layers`."""
    encoder = student.prop("Sequential", student.prop("Flatten"), *layers)
    return student.make("protonet.ProtoNet", encoder)


def small(episode):
    """The same episode with smaller distances, so that no probability vanishes."""
    return oracles.Episode(0.5 * episode.support, 0.5 * episode.query)


def part(reply, name):
    """One of the three parts of the network's output."""
    output, found = reply.value, None
    if isinstance(output, dict):
        found = output.get(name)
    elif isinstance(output, Record):
        found = getattr(output, name) if name in output.fields else None
    elif isinstance(output, tuple | list) and len(output) == 3:
        found = output[FIELDS.index(name)]
    got = getattr(output, "kind", type(output).__name__)
    expect.that(
        found is not None, f"forward should return an EpisodeOutput with loss, accuracy, predictions, got {got}"
    )
    return found


def loss_is(reply, wanted, what="the loss", hint=HINT):
    expect.number(part(reply, "loss"), float(wanted), what, hint, atol=1e-5)


def accuracy_is(reply, wanted, what="the accuracy", hint=ACCURACY):
    expect.number(part(reply, "accuracy"), wanted, what, hint)


def predictions_are(reply, wanted, what="the predictions", hint=NEAREST):
    """Another test asks whether they have a dimension for the classes, and which dtype."""
    value = expect.tensor(part(reply, "predictions"), what)
    row_by_row = value.reshape(wanted.shape) if value.shape == (wanted.numel(),) else value
    expect.close(row_by_row, wanted, what, hint)


@pytest.fixture(scope="module")
def usual(student):
    """What most tests look at: an episode, what the network made of it, and what is right."""
    rng = seeds.generator("usual")
    net, encoder, weight, embed = network(student, rng)
    episode = oracles.episode(4, 2, 3, IMAGE, rng, embed)
    loss, _, _ = oracles.classify(*map(embed, episode))
    reply = net(episode)
    sizes = [size for size, _ in encoder.get("batches")]
    network_under_test = {"net": net, "encoder": encoder, "weight": weight, "sizes": sizes}
    return SimpleNamespace(episode=episode, reply=reply, loss=loss, **network_under_test)


def test_episode_is_not_modified(usual):
    """support (n_way, n_support, C, H, W) and query (n_way, n_query, C, H, W), which are not modified."""
    after = usual.reply.inputs[0]
    expect.unchanged(usual.episode.support, after.support, "the support of the episode")
    expect.unchanged(usual.episode.query, after.query, "the query of the episode")
    loss_is(usual.reply, usual.loss)


def test_output_has_three_names(usual):
    """An `EpisodeOutput`: loss, accuracy and predictions, in this order."""
    expect.record(usual.reply.value, FIELDS, "the output of ProtoNet")
    loss_is(usual.reply, usual.loss)


def test_loss_is_one_floating_number(usual):
    """() floating, the mean over all queries of -log p(true class); differentiable."""
    loss = expect.shape(part(usual.reply, "loss"), (), "the loss", "It is one number, the mean over all queries.")
    expect.that(loss.is_floating_point(), f"the loss should be a floating tensor, got {loss.dtype}")
    loss_is(usual.reply, usual.loss)


def test_predictions_are_int64_by_class(student):
    """(n_way, n_query) int64, the most probable class of each query, 0, …, n_way-1."""
    net = flat(student)
    for n_query in (2, 1):
        reply = net(oracles.Episode(EPISODE.support, EPISODE.query[:, :n_query]))
        what = f"the predictions for {n_query} queries of each class"
        predictions = expect.shape(part(reply, "predictions"), (3, n_query), what, "A row for each class.")
        expect.dtype(predictions, torch.int64, what)
        predictions_are(reply, PLANTED[:, :n_query], what)


def test_accuracy_is_a_floating_tensor(student):
    """() floating, the fraction in [0, 1] of queries whose prediction is correct."""
    hint = "It is one number, the mean over all queries."
    reply = flat(student)(EPISODE)
    accuracy = expect.shape(part(reply, "accuracy"), (), "the accuracy", hint)
    floating = accuracy.is_floating_point()
    expect.that(floating, f"the accuracy should be a floating tensor, got {accuracy.dtype}")
    accuracy_is(reply, 0.5)


def test_loss_is_the_mean_negative_log_probability(student, rng):
    """The loss is the mean of -log p(true class) over all n_way * n_query queries."""
    net, _, _, embed = network(student, rng)
    for n_way, n_support, n_query in ((4, 2, 3), (3, 5, 2), (3, 1, 6)):
        episode = oracles.episode(n_way, n_support, n_query, IMAGE, rng, embed)
        wanted, _, _ = oracles.classify(*map(embed, episode))
        loss_is(net(episode), wanted, f"the loss for {n_way} classes and {n_query} queries each")


def test_accuracy_and_predictions_follow_the_distances(student, rng):
    """the most probable class of each query, 0, …, n_way-1"""
    net, _, _, embed = network(student, rng)
    for n_way, n_support, n_query in ((5, 2, 4), (3, 1, 7)):
        episode = oracles.episode(n_way, n_support, n_query, IMAGE, rng, embed)
        reply, (_, accuracy, predictions) = net(episode), oracles.classify(*map(embed, episode))
        accuracy_is(reply, accuracy)
        predictions_are(reply, predictions)


def test_every_query_counts_for_the_class_of_its_row(student):
    """The true class of every query in row c is c."""
    reply = flat(student)(EPISODE)
    hint = "Query i of class c has to stay at [c, i]; mind the order in which you flatten."
    predictions_are(reply, PLANTED, hint=hint)
    accuracy_is(reply, 0.5)


def test_sizes_of_one(student, rng):
    """Each of n_way, n_support and n_query may be 1."""
    net = flat(student)
    drawn = [oracles.episode(3, n_support, 1, image, rng) for n_support, image in ((1, (1, 2, 1)), (2, (1, 1, 1)))]
    for episode in map(small, [*drawn, small(EPISODE)]):
        (n_support, n_query), reply = (images.shape[1] for images in episode), net(episode)
        loss, accuracy, predictions = oracles.classify(*(images.flatten(2) for images in episode))
        given = f"for {n_support} support images and {n_query} queries of each class"
        loss_is(reply, loss, f"the loss {given}")
        accuracy_is(
            reply, accuracy, f"the accuracy {given}", "Does a squeeze drop a dimension, and broadcasting add it?"
        )
        predictions_are(reply, predictions, f"the predictions {given}")
    reply = net(oracles.Episode(torch.randn(1, 2, *IMAGE, generator=rng), torch.randn(1, 3, *IMAGE, generator=rng)))
    loss_is(reply, 0.0, "the loss for a single class", "Its probability is 1.")
    accuracy_is(reply, 1.0, "the accuracy for a single class")
    predictions_are(reply, torch.zeros(1, 3), "the predictions for a single class")


def test_large_distances_give_a_finite_loss(student, rng):
    """the loss stays finite where all exponentials round to 0"""
    episode = oracles.episode(3, 2, 4, (1, 2, 3), rng)
    episode = oracles.Episode(60 * episode.support, 60 * episode.query)
    reply = flat(student)(episode, grad="loss")
    wanted, _, _ = oracles.classify(*(images.flatten(2) for images in episode))
    hint = "Probabilities round to 0 and their logarithm to -inf; use log_softmax, cross_entropy or logsumexp."
    loss_is(reply, wanted, "the loss of an episode with large distances", hint)
    finite = all(gradient is None or bool(torch.isfinite(gradient).all()) for gradient in reply.input_grads)
    expect.that(finite, f"the gradients of an episode with large distances are not finite. {hint}")


def test_gradient_of_the_encoder(usual):
    """Its gradient reaches the encoder through the support and through the queries."""
    usual.net(usual.episode, grad="loss")
    got = usual.encoder.grads().get("linear.weight")
    hint = "The loss has to reach the encoder through the queries and through the prototypes: no detach, no no_grad."
    expect.that(got is not None, f"no gradient reaches the encoder. {hint}")
    leaf = usual.weight.double().requires_grad_(True)
    loss, _, _ = oracles.classify(*(images.double().flatten(2) @ leaf.T for images in usual.episode))
    (wanted,) = torch.autograd.grad(loss, leaf)
    expect.close(got, wanted, "the gradient of the encoder", hint, 1e-3, 1e-4)


def test_gradient_of_support_and_query(student, rng):
    """Its gradient reaches the encoder through the support and through the queries."""
    episode = small(oracles.episode(3, 2, 4, (1, 2, 2), rng))
    reply = flat(student)(episode, grad="loss")
    leaves = [images.double().requires_grad_(True) for images in episode]
    loss, _, _ = oracles.classify(*(images.flatten(2) for images in leaves))
    wanted = torch.autograd.grad(loss, leaves)
    for got, expected, name in zip(reply.input_grads, wanted, ("support", "query"), strict=True):
        hint = "No detach, and no image may be used twice or left out."
        expect.that(got is not None, f"no gradient reaches the {name} images. {hint}")
        expect.close(got, expected, f"the gradient of the {name} images", hint, 1e-3, 1e-4)


def test_support_and_query_are_embedded_in_one_pass(usual):
    """Embed support and query images together, in one pass of the encoder"""
    sizes = usual.sizes
    message = "the encoder should run once, on all support and query images together; it ran on batches of"
    expect.that(sizes == [20], f"{message} {', '.join(map(str, sizes)) or 'nothing'}"[:300])
    loss_is(usual.reply, usual.loss)


def normalising(student):
    """A ProtoNet with a layer whose statistics and weights show, that layer, and those."""
    ramp = torch.linspace(0.5, 2.0, 4)
    state = {"weight": 0.5 * ramp, "bias": ramp.flip(0), "running_mean": ramp - 1, "running_var": ramp}
    state["num_batches_tracked"] = torch.tensor(3)
    layer = student.prop("BatchNorm1d", 4)
    layer.load(state)
    net = flat(student, layer)
    layer.load(state)
    return net, layer, state


def test_batch_normalisation_sees_the_whole_episode(student, rng):
    """so that batch normalisation sees them all"""
    net, _, state = normalising(student)
    episode = oracles.episode(3, 2, 4, (1, 2, 2), rng)
    episode = oracles.Episode(episode.support + 2, episode.query)
    reply = net.train()(episode)
    embeddings = torch.cat([images.double().flatten(2).flatten(0, 1) for images in episode])
    normal = state["weight"] * (embeddings - embeddings.mean(0)) / (embeddings.var(0, correction=0) + 1e-5).sqrt()
    wanted, _, _ = oracles.classify(normal[:6].reshape(3, 2, 4), normal[6:].reshape(3, 4, 4))
    hint = "Embed support and query images in one batch, so that they are normalised alike, and do not switch modes."
    loss_is(reply, wanted, "the loss with batch normalisation in training mode", hint)


def test_evaluation_mode_is_respected(student, rng):
    """Training or evaluation mode is the caller's choice: no mode is changed here."""
    net, layer, state = normalising(student)
    net.eval()
    episode = small(oracles.episode(3, 2, 4, (1, 2, 2), rng))
    scale = state["weight"].double() / (state["running_var"].double() + 1e-5).sqrt()
    wanted, _, _ = oracles.classify(*(images.double().flatten(2) * scale for images in episode))
    hint = "forward must not switch modes: that is up to the caller."
    loss_is(net(episode), wanted, "the loss in evaluation mode", hint)
    after = layer.state()
    same = all(name in after and torch.equal(after[name], value) for name, value in state.items())
    expect.that(same and not any(net.modes().values()), f"evaluation mode was left, or statistics were changed. {hint}")


def test_encoder_gets_images(student, rng):
    """(B, C, H, W) -> (B, D)"""
    state = {"weight": 0.3 * torch.randn(3, 2, 2, 2, generator=rng), "bias": torch.randn(3, generator=rng)}
    layer = student.prop("Conv2d", 2, 3, 2)
    layer.load(state)
    net = student.make("protonet.ProtoNet", student.prop("Sequential", layer, student.prop("Flatten")))
    layer.load(state)

    def features(images):
        return F.conv2d(images.flatten(0, 1), state["weight"], state["bias"]).flatten(1).unflatten(0, images.shape[:2])

    episode = small(oracles.episode(3, 2, 4, (2, 3, 5), rng, features))
    hint = "The encoder takes images (B, C, H, W): flatten classes and shots into B, and nothing else."
    loss_is(
        net(episode),
        oracles.classify(*map(features, episode))[0],
        "the loss with a convolutional encoder",
        hint,
    )


def test_equal_images_are_a_tie(student):
    """p(k | x) = exp(-d(f(x), c_k)) / sum over k' of exp(-d(f(x), c_k'))"""
    episode = oracles.Episode(torch.ones(4, 2, 1, 2, 2), torch.ones(4, 3, 1, 2, 2))
    reply = flat(student)(episode, grad="loss")
    hint = "With all distances equal every class has the probability 1 / n_way."
    loss_is(reply, torch.tensor(4.0).log(), "the loss of an episode of equal images", hint)
    predictions_are(flat(student)(EPISODE), PLANTED, "the predictions for other images")
    finite = all(gradient is None or bool(torch.isfinite(gradient).all()) for gradient in reply.input_grads)
    expect.that(finite, "the gradients of an episode of equal images are not finite; take no root")
