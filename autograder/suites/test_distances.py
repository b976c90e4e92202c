"""Hidden suite of `distances`: squared Euclidean distances of all queries to all prototypes."""

from __future__ import annotations

import torch

from autograder.suites import expect
from autograder.suites import protonet_oracles as oracles

TARGET = "protonet.squared_euclidean"


def points(rng, m, n, d, dtype=torch.float32):
    return torch.randn(m, d, generator=rng, dtype=dtype), torch.randn(n, d, generator=rng, dtype=dtype)


def test_distances_of_all_pairs(student, rng):
    """entry [i, j] belongs to query i and prototype j"""
    for m, n, d in ((7, 4, 5), (3, 6, 2), (4, 4, 3)):
        queries, prototypes = points(rng, m, n, d)
        hint = "The sum of the squared differences: squared, so no root; a sum, so no mean; entry [i, j] is query i."
        value = student.call(TARGET, queries, prototypes).value
        expect.close(value, oracles.distances(queries, prototypes), f"the distances of {m} queries to {n}", hint)


def test_single_vectors_and_single_values(student, rng):
    """Each size may be 1 or large, and the memory need not be contiguous."""
    for m, n, d in ((1, 4, 3), (5, 1, 3), (5, 4, 1), (1, 1, 1)):
        queries, prototypes = points(rng, m, n, d)
        value = student.call(TARGET, queries, prototypes).value
        hint = "Keep both dimensions even if one of them is 1; squeeze() does not."
        expect.close(value, oracles.distances(queries, prototypes), f"the distances for M, N, D = {m}, {n}, {d}", hint)


def test_distances_grow_with_the_square_of_the_scale(student, rng):
    """It is the square: no root is taken."""
    queries, prototypes = points(rng, 4, 3, 5)
    one = student.call(TARGET, queries, prototypes).value
    other = student.call(TARGET, 300 * queries, 300 * prototypes).value
    expect.close(one, oracles.distances(queries, prototypes), "the distances")
    expect.shape(other, (4, 3), "the distances of longer vectors")
    hint = "Vectors 300 times as long are 90,000 times as far apart, squared; nothing is normalised or cut off."
    expect.close(other / 90000, one, "the distances of longer vectors", hint)


def test_equal_vectors_have_distance_zero(student, rng):
    """d(q, c) = ||q - c||^2, the sum of the squared differences"""
    queries, _ = points(rng, 5, 1, 8)
    value = student.call(TARGET, queries, queries[[2, 4, 0]]).value
    expect.shape(value, (5, 3), "the distances")
    zeros = torch.stack([value[2, 0], value[4, 1], value[0, 2]])
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels."
    expect.close(zeros, torch.zeros(3), "the distance of a vector to itself", hint, atol=1e-4)
    others = student.call(TARGET, queries, -queries).value
    expect.that(bool((others > 0).all()), "the distance of different vectors should be positive")


def test_distances_are_never_negative(student, rng):
    """(M, N), same dtype and precision, >= 0"""
    prototypes = 1000 + torch.randn(6, 16, generator=rng)
    queries = prototypes[torch.arange(24) % 6] + 1e-3 * torch.randn(24, 16, generator=rng)
    value = student.call(TARGET, queries, prototypes).value
    expect.shape(value, (24, 6), "the distances")
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels for close vectors; subtract first."
    wanted = oracles.distances(queries, prototypes)
    expect.that(bool((value.real > -1e-3).all()), f"a squared distance came out negative. {hint}")
    expect.close(value, wanted, "the distances to prototypes, near and far", hint, rtol=1e-3, atol=1e-3)


def test_distances_stay_accurate_far_from_the_origin(student, rng):
    """It has to stay accurate where the vectors are large and close together"""
    queries, prototypes = points(rng, 6, 4, 8)
    far = 3000 + 100 * torch.randn(8, generator=rng)
    queries, prototypes = queries + far, prototypes + far
    value = student.call(TARGET, queries, prototypes).value
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels for vectors that are large and close; subtract first."
    wanted = oracles.distances(queries, prototypes)
    expect.close(value, wanted, "the distances of large vectors that are close together", hint, 1e-3, 1e-3)


def test_many_distances_are_as_accurate_as_few(student, rng):
    """It has to stay accurate where the vectors are large and close together, however many there are."""
    queries, prototypes = points(rng, 40, 30, 8)
    queries, prototypes = 3000 + queries, 3000 + prototypes
    value = student.call(TARGET, queries, prototypes).value
    hint = "Beyond 25 vectors torch.cdist multiplies matrices, which cancels as ||q||^2 - 2 q.c + ||c||^2 does."
    expect.close(value, oracles.distances(queries, prototypes), "the distances of 40 queries to 30", hint, 1e-3, 1e-3)


def test_swapping_the_arguments_transposes(student, rng):
    """d(q, c) = ||q - c||^2, the sum of the squared differences"""
    queries, prototypes = points(rng, 5, 3, 4)
    one, other = student.call(TARGET, queries, prototypes).value, student.call(TARGET, prototypes, queries).value
    expect.close(one, oracles.distances(queries, prototypes), "the distances")
    expect.close(other, one.T.double(), "the distances with the arguments swapped", "A distance is symmetric.")


def test_any_memory_layout_will_do_and_stays_unchanged(student, rng):
    """Both tensors are left as they are."""
    queries, prototypes = torch.randn(4, 6, generator=rng).T, torch.randn(4, 3, generator=rng).T  # not contiguous
    reply = student.call(TARGET, queries, prototypes)
    wanted = oracles.distances(queries, prototypes)
    expect.close(reply.value, wanted, "the distances of tensors that are not contiguous")
    expect.unchanged(queries, reply.inputs[0], "queries")
    expect.unchanged(prototypes, reply.inputs[1], "prototypes")


def test_gradients_of_both_arguments(student, rng):
    """It is differentiable in both arguments"""
    queries, prototypes = points(rng, 5, 3, 4)
    weight = torch.randn(5, 3, generator=rng)
    reply = student.call(TARGET, queries, prototypes, grad=True, cotangent=weight)
    for index, name in enumerate(("queries", "prototypes")):
        hint = "The encoder learns through both arguments: no detach, no .data, no no_grad."
        reached = reply.differentiable and reply.input_grads[index] is not None
        expect.that(reached, f"no gradient reaches the {name}. {hint}")
    difference = queries.double().unsqueeze(1) - prototypes.double().unsqueeze(0)
    pull = 2 * weight.double().unsqueeze(2) * difference
    hint = "The derivative of (q - c)^2 is 2 (q - c)."
    expect.close(reply.input_grads[0], pull.sum(1), "the gradient of the queries", hint, 1e-3, 1e-4)
    expect.close(reply.input_grads[1], -pull.sum(0), "the gradient of the prototypes", hint, 1e-3, 1e-4)


def test_gradient_is_finite_where_vectors_are_equal(student, rng):
    """its gradient is finite where they are equal."""
    queries, _ = points(rng, 3, 1, 4)
    reply = student.call(TARGET, queries, queries[:2], grad=True)
    expect.close(reply.value, oracles.distances(queries, queries[:2]), "the distances", atol=1e-4)
    expect.that(reply.differentiable, "the distances carry no gradient")
    for name, gradient in zip(("queries", "prototypes"), reply.input_grads, strict=True):
        finite = gradient is not None and bool(torch.isfinite(gradient).all())
        hint = "A root has an infinite slope at 0, even if it is squared afterwards."
        expect.that(finite, f"the gradient of the {name} is not finite where a query equals a prototype. {hint}")


def test_dtype_and_precision_are_kept(student, rng):
    """(M, N), same dtype and precision, >= 0"""
    queries, prototypes = points(rng, 4, 3, 5, torch.float64)
    queries, prototypes = queries + 1e5, prototypes + 1e5
    value = student.call(TARGET, queries, prototypes).value
    hint = "Take the dtype from the inputs, inside as well."
    expect.shape(value, (4, 3), "the distances of float64 vectors")
    expect.dtype(value, torch.float64, "distances of float64 vectors", hint)
    wanted = oracles.distances(queries, prototypes)
    expect.close(value, wanted, "distances of float64 vectors", hint, rtol=1e-4, atol=1e-3)
    value = student.call(TARGET, queries.float(), prototypes.float()).value
    expect.dtype(value, torch.float32, "distances of float32 vectors", hint)
