"""Hidden suite of `protonet_forward`: from an episode to its loss, accuracy and predictions."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from autograder.suites import expect, oracles

HINT = (
    "Check, in this order: the split into support and query (the prototypes come from the support alone), the scores "
    "(minus the squared distances, nothing else done to them), the logarithm of the softmax over the classes, the "
    "labels (row c is class c), the mean over all queries."
)
ACCURACY = (
    "The true class of a query in row c is class c; the accuracy is the fraction in [0, 1] of right ones, not a count."
)


def network(student, in_dim=24, out_dim=5):
    """A ProtoNet around a linear encoder, the encoder, and the encoder's weights (out_dim, in_dim)."""
    encoder = student.prop("RecordingEncoder", in_dim, out_dim, seed=1)
    return student.make("protonet.ProtoNet", encoder), encoder, encoder.parameters()["linear.weight"]


def flat(student, *layers):
    """A ProtoNet whose embeddings are the images themselves, flattened, then through `layers`."""
    encoder = student.prop("Sequential", student.prop("Flatten"), *layers)
    return student.make("protonet.ProtoNet", encoder)


def small(episode):
    """The same episode with smaller distances, so that no probability vanishes."""
    return oracles.Episode(0.5 * episode.support, 0.5 * episode.query)


def ask(net, episode, **kwargs):
    """Runs the forward pass; returns the reply and the output, after its fields and shapes."""
    reply = net(episode, **kwargs)
    output = expect.record(reply.value, ("loss", "accuracy", "predictions"), "the output of ProtoNet")
    expect.shape(output.loss, (), "the loss", "It is one number, the mean over all queries.")
    expect.shape(output.accuracy, (), "the accuracy", "It is one number, the mean over all queries.")
    expect.shape(output.predictions, tuple(episode.query.shape[:2]), "the predictions", "A row for each class.")
    return reply, output


def embedding(weight):
    """What the encoder of `network` does: (n_way, n_…, C, H, W) -> (n_way, n_…, D) float64."""
    return lambda images: images.double().flatten(2) @ weight.double().T


def embed(weight, episode):
    return tuple(map(embedding(weight), episode))


def test_episode_is_left_alone(student, rng):
    net, _, _ = network(student)
    episode = oracles.episode(3, 2, 4, (2, 3, 4), rng)
    reply, _ = ask(net, episode)
    expect.unchanged(episode.support, reply.inputs[0].support, "the support of the episode")
    expect.unchanged(episode.query, reply.inputs[0].query, "the query of the episode")


def test_loss_is_the_mean_negative_log_probability(student, rng):
    net, _, weight = network(student)
    for n_way, n_support, n_query in ((4, 2, 3), (3, 5, 2), (3, 1, 6)):
        episode = oracles.episode(n_way, n_support, n_query, (2, 3, 4), rng, embedding(weight))
        _, output = ask(net, episode)
        wanted, _, _ = oracles.classify(*embed(weight, episode))
        expect.close(output.loss, wanted, f"the loss for {n_way} classes and {n_query} queries each", HINT)


def test_accuracy_and_predictions(student, rng):
    net, _, weight = network(student)
    for n_way, n_support, n_query in ((5, 2, 4), (3, 1, 7)):
        episode = oracles.episode(n_way, n_support, n_query, (2, 3, 4), rng, embedding(weight))
        _, output = ask(net, episode)
        _, accuracy, predictions = oracles.classify(*embed(weight, episode))
        expect.dtype(output.predictions, torch.int64, "the predictions")
        hint = "The nearest prototype is the most probable class; there is a row for each class."
        expect.close(output.predictions, predictions, "the predictions", hint)
        floating = output.accuracy.is_floating_point()
        expect.that(floating, f"the accuracy should be a floating tensor, got {output.accuracy.dtype}")
        expect.number(output.accuracy, accuracy, "the accuracy", ACCURACY)


def test_every_query_counts_for_the_class_of_its_row(student):
    support = torch.tensor([0.0, 4.0, 9.0]).reshape(3, 1, 1, 1, 1)
    query = torch.tensor([[0.1, 4.2], [3.9, 8.7], [9.3, 0.3]]).reshape(3, 2, 1, 1, 1)
    _, output = ask(flat(student), oracles.Episode(support, query))
    hint = "Query i of class c has to stay at [c, i]; mind the order in which you flatten."
    expect.close(output.predictions, torch.tensor([[0, 1], [1, 2], [2, 0]]), "the predictions", hint)
    expect.number(output.accuracy, 0.5, "the accuracy", ACCURACY)


def test_loss_does_not_depend_on_the_order_of_classes(student, rng):
    net, _, weight = network(student)
    episode, order = oracles.episode(4, 2, 3, (2, 3, 4), rng, embedding(weight)), torch.tensor([2, 0, 3, 1])
    _, one = ask(net, episode)
    _, other = ask(net, oracles.Episode(episode.support[order], episode.query[order]))
    expect.close(other.loss, one.loss, "the loss of the same classes in another order", HINT)
    hint = "A class's number is the number of its row in the episode."
    within = bool(((other.predictions >= 0) & (other.predictions < 4)).all())
    expect.that(within, f"a prediction is not one of the episode's classes. {hint}")
    expect.close(order[other.predictions.long()], one.predictions[order], "the predictions after reordering", hint)


def test_large_distances_give_a_finite_loss(student, rng):
    episode = oracles.episode(3, 2, 4, (1, 2, 3), rng)
    episode = oracles.Episode(60 * episode.support, 60 * episode.query)
    reply, output = ask(flat(student), episode, grad="loss")
    wanted, _, _ = oracles.classify(*(images.flatten(2) for images in episode))
    hint = "Probabilities round to 0 and their logarithm to -inf; use log_softmax, cross_entropy or logsumexp."
    expect.close(output.loss, wanted, "the loss of an episode with large distances", hint)
    finite = all(gradient is None or bool(torch.isfinite(gradient).all()) for gradient in reply.input_grads)
    expect.that(finite, f"the gradients of an episode with large distances are not finite. {hint}")


def test_gradient_of_the_encoder(student, rng):
    net, _, weight = network(student)
    episode = oracles.episode(4, 2, 3, (2, 3, 4), rng, embedding(weight))
    reply, _ = ask(net, episode, grad="loss")
    gradients = [gradient for gradient in reply.parameter_grads.values() if gradient is not None]
    hint = "The loss has to reach the encoder through the queries and through the prototypes: no detach, no no_grad."
    expect.that(len(gradients) == 1, f"no gradient reaches the encoder. {hint}")
    leaf = weight.double().requires_grad_(True)
    loss, _, _ = oracles.classify(*embed(leaf, episode))
    (wanted,) = torch.autograd.grad(loss, leaf)
    expect.close(gradients[0], wanted, "the gradient of the encoder", hint, 1e-3, 1e-4)


def test_gradient_of_support_and_query(student, rng):
    episode = small(oracles.episode(3, 2, 4, (1, 2, 2), rng))
    reply, _ = ask(flat(student), episode, grad="loss")
    leaves = [images.double().requires_grad_(True) for images in episode]
    loss, _, _ = oracles.classify(*(images.flatten(2) for images in leaves))
    wanted = torch.autograd.grad(loss, leaves)
    for got, expected, name in zip(reply.input_grads, wanted, ("support", "query"), strict=True):
        hint = "No detach, and no image may be used twice or left out."
        expect.that(got is not None, f"no gradient reaches the {name} images. {hint}")
        expect.close(got, expected, f"the gradient of the {name} images", hint, 1e-3, 1e-4)


def test_support_and_query_are_embedded_in_one_pass(student, rng):
    net, encoder, _ = network(student)
    ask(net, oracles.episode(4, 2, 3, (2, 3, 4), rng))
    sizes = [size for size, _ in encoder.get("batches")]
    message = "the encoder should run once, on all support and query images together; it ran on batches of"
    expect.that(sizes == [20], f"{message} {', '.join(map(str, sizes)) or 'nothing'}")


def test_batch_normalisation_sees_the_whole_episode(student, rng):
    layer = student.prop("BatchNorm1d", 4)
    layer.load(layer.state() | {"weight": torch.full((4,), 0.5)})
    net = flat(student, layer).train()
    episode = oracles.episode(3, 2, 4, (1, 2, 2), rng)
    episode = oracles.Episode(episode.support + 2, episode.query)
    _, output = ask(net, episode)
    embeddings = torch.cat([images.double().flatten(2).flatten(0, 1) for images in episode])
    normal = 0.5 * (embeddings - embeddings.mean(0)) / (embeddings.var(0, correction=0) + 1e-5).sqrt()
    wanted, _, _ = oracles.classify(normal[:6].reshape(3, 2, 4), normal[6:].reshape(3, 4, 4))
    hint = "Embed support and query images in one batch, so that they are normalised alike, and switch no modes."
    expect.close(output.loss, wanted, "the loss with batch normalisation in training mode", hint)


def test_evaluation_mode_is_respected(student, rng):
    net = flat(student, student.prop("BatchNorm1d", 4)).eval()
    before = net.state()
    episode = small(oracles.episode(3, 2, 4, (1, 2, 2), rng))
    _, output = ask(net, episode)
    wanted, _, _ = oracles.classify(*(images.double().flatten(2) / (1 + 1e-5) ** 0.5 for images in episode))
    hint = "forward must not switch modes: whoever calls it does."
    expect.close(output.loss, wanted, "the loss in evaluation mode", hint)
    after = net.state()
    same = all(torch.equal(before[name], after[name]) for name in before)
    expect.that(same and not any(net.modes().values()), f"evaluation mode was left, or statistics were changed. {hint}")


def test_encoder_gets_images(student, rng):
    layer = student.prop("Conv2d", 2, 3, 2, seed=4)
    net = student.make("protonet.ProtoNet", student.prop("Sequential", layer, student.prop("Flatten")))
    weight, bias = (layer.parameters()[name] for name in ("weight", "bias"))

    def features(images):
        return F.conv2d(images.flatten(0, 1), weight, bias).flatten(1).unflatten(0, images.shape[:2])

    episode = small(oracles.episode(3, 2, 4, (2, 3, 5), rng, features))
    _, output = ask(net, episode)
    wanted, _, _ = oracles.classify(*map(features, episode))
    hint = "The encoder takes images (B, C, H, W): flatten classes and shots into B, and nothing else."
    expect.close(output.loss, wanted, "the loss with a convolutional encoder", hint)


def test_equal_images_are_a_tie(student):
    episode = oracles.Episode(torch.ones(4, 2, 1, 2, 2), torch.ones(4, 3, 1, 2, 2))
    reply, output = ask(flat(student), episode, grad="loss")
    hint = "With all distances equal every class has the probability 1 / n_way."
    expect.close(output.loss, torch.tensor(4.0).log(), "the loss of an episode of equal images", hint)
    finite = all(gradient is None or bool(torch.isfinite(gradient).all()) for gradient in reply.input_grads)
    expect.that(finite, "the gradients of an episode of equal images are not finite; take no root")
