"""Hidden suite of `prototypes`: the mean of each class's support embeddings."""

from __future__ import annotations

import torch

from autograder.suites import expect
from autograder.suites import protonet_oracles as oracles

TARGET = "protonet.compute_prototypes"
MEAN = (
    "The mean runs over a class's support points, dimension 1, and row k is class k; it is not a sum or a median, and "
    "embeddings are not normalised."
)


def points(rng, n_way, n_support, dim, **settings):
    """Support embeddings of classes whose prototypes are in no order, neither ascending nor descending."""
    order = (2 * torch.arange(n_way) + 1) % (n_way + (n_way + 1) % 2)  # such as 1, 0 and 1, 0, 2 and 1, 3, 0, 2
    return 1.5 * order[:, None, None] + 0.15 * torch.randn(n_way, n_support, dim, generator=rng, **settings)


def test_prototypes_are_class_means(student, rng):
    """The prototype of each class: the mean of its embedded support points (equation 1)."""
    for shape in ((4, 3, 5), (2, 6, 3), (5, 2, 7)):
        support = points(rng, *shape)
        expect.close(student.call(TARGET, support).value, oracles.prototypes(support), "the prototypes", MEAN)


def test_one_shot_prototypes_are_the_embeddings_themselves(student, rng):
    """Each size may be 1"""
    support = points(rng, 5, 1, 3)
    value = student.call(TARGET, support).value
    expect.close(value, support[:, 0].double(), "the prototypes of a single support point each")


def test_dimensions_of_length_one_stay(student, rng):
    """Each size may be 1"""
    for shape in ((1, 3, 4), (3, 2, 1), (1, 1, 1)):
        support = points(rng, *shape)
        value = student.call(TARGET, support).value
        hint = "squeeze() drops more than intended; only the dimension of the support points goes."
        expect.close(value, oracles.prototypes(support), f"the prototypes of {shape}", hint)


def test_permuting_classes_permutes_prototypes(student, rng):
    """row k holds those of class k"""
    support, order = points(rng, 6, 3, 4), oracles.another_order(6, rng)
    one, other = student.call(TARGET, support).value, student.call(TARGET, support[order]).value
    expect.close(one, oracles.prototypes(support), "the prototypes", MEAN)
    hint = "A prototype depends on the points of its own class only."
    expect.close(other, one[order].double(), "the prototypes of classes in another order", hint)


def test_order_of_support_points_does_not_matter(student, rng):
    """The prototype of each class: the mean of its embedded support points (equation 1)."""
    support, order = points(rng, 3, 5, 4), oracles.another_order(5, rng)
    one, other = student.call(TARGET, support).value, student.call(TARGET, support[:, order]).value
    expect.close(one, oracles.prototypes(support), "the prototypes", MEAN)
    expect.close(other, one, "the prototypes of the same points in another order", "Every point counts equally.")


def test_scale_and_position_are_kept(student, rng):
    """Embeddings are not normalised, neither before nor after."""
    support = 30 + points(rng, 3, 4, 6)
    hint = "Embeddings are not normalised in Prototypical Networks, neither before nor after the mean."
    expect.close(student.call(TARGET, support).value, oracles.prototypes(support), "prototypes far from 0", hint)


def test_any_memory_layout_will_do_and_stays_unchanged(student, rng):
    """the memory need not be contiguous, and the tensor is left as it is."""
    support = points(rng, 3, 4, 5).permute(2, 1, 0).contiguous().permute(2, 1, 0)  # not contiguous
    reply = student.call(TARGET, support)
    expect.close(reply.value, oracles.prototypes(support), "the prototypes of a tensor that is not contiguous")
    expect.unchanged(support, reply.inputs[0], "support")


def test_gradient_is_shared_by_the_support_points(student, rng):
    """(n_way, D), dtype and precision of `support`, differentiable."""
    support, weight = points(rng, 3, 4, 2), torch.randn(3, 2, generator=rng)
    reply = student.call(TARGET, support, grad=True, cotangent=weight)
    (gradient,) = reply.input_grads
    hint = "The encoder learns through the prototypes: no detach, no no_grad, and the same share for every point."
    expect.that(reply.differentiable and gradient is not None, f"no gradient reaches the support embeddings. {hint}")
    expect.close(gradient, weight.unsqueeze(1).expand(3, 4, 2) / 4, "the gradient of the support embeddings", hint)


def test_dtype_and_precision_are_kept(student, rng):
    """(n_way, D), dtype and precision of `support`, differentiable."""
    support = points(rng, 3, 4, 5, dtype=torch.float64)
    value = student.call(TARGET, support).value
    expect.shape(value, (3, 5), "the prototypes of float64 embeddings")
    expect.dtype(value, torch.float64, "prototypes of float64 embeddings", "Take the dtype from the input.")
    hint = "An intermediate result has less precision than the input."
    expect.close(value, oracles.prototypes(support), "prototypes of float64 embeddings", hint, rtol=1e-12, atol=1e-12)
    value = student.call(TARGET, support.float()).value
    expect.dtype(value, torch.float32, "prototypes of float32 embeddings", "Take the dtype from the input.")
