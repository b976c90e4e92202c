"""Hidden suite of `distances`: squared Euclidean distances of all queries to all prototypes."""

from __future__ import annotations

import torch

from autograder.suites import expect, oracles

TARGET = "protonet.squared_euclidean"


def points(rng, m, n, d, dtype=torch.float32):
    return torch.randn(m, d, generator=rng, dtype=dtype), torch.randn(n, d, generator=rng, dtype=dtype)


def test_distances_of_all_pairs(student, rng):
    for m, n, d in ((7, 4, 5), (3, 6, 2), (4, 4, 3)):
        queries, prototypes = points(rng, m, n, d)
        hint = "The sum of the squared differences: squared, so no root; a sum, so no mean; entry [i, j] is query i."
        value = student.call(TARGET, queries, prototypes).value
        expect.close(value, oracles.distances(queries, prototypes), f"the distances of {m} queries to {n}", hint)


def test_single_vectors_and_single_values(student, rng):
    for m, n, d in ((1, 4, 3), (5, 1, 3), (5, 4, 1), (1, 1, 1)):
        queries, prototypes = points(rng, m, n, d)
        value = student.call(TARGET, queries, prototypes).value
        hint = "Keep both dimensions even if one of them is 1; squeeze() does not."
        expect.close(value, oracles.distances(queries, prototypes), f"the distances for M, N, D = {m}, {n}, {d}", hint)


def test_distances_grow_with_the_square_of_the_scale(student, rng):
    queries, prototypes = points(rng, 4, 3, 5)
    one = student.call(TARGET, queries, prototypes).value
    other = student.call(TARGET, 300 * queries, 300 * prototypes).value
    expect.shape(one, (4, 3), "the distances")
    moved = expect.tensor(one, "the distances").abs().max() > 0
    expect.that(moved, "all distances are zero")
    hint = "Vectors 300 times as long are 90,000 times as far apart, squared; nothing is normalised or cut off."
    expect.close(other / 90000, one, "the distances of longer vectors", hint)


def test_equal_vectors_have_distance_zero(student, rng):
    queries, _ = points(rng, 5, 1, 8)
    value = student.call(TARGET, queries, queries[[2, 4, 0]]).value
    expect.shape(value, (5, 3), "the distances")
    zeros = torch.stack([value[2, 0], value[4, 1], value[0, 2]])
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels."
    expect.close(zeros, torch.zeros(3), "the distance of a vector to itself", hint, atol=1e-4)
    others = student.call(TARGET, queries, -queries).value
    expect.that(bool((others > 0).all()), "the distance of different vectors should be positive")


def test_distances_are_never_negative(student, rng):
    prototypes = 100 + torch.randn(6, 16, generator=rng)
    queries = prototypes[torch.arange(20) % 6] + 1e-3 * torch.randn(20, 16, generator=rng)
    value = student.call(TARGET, queries, prototypes).value
    expect.shape(value, (20, 6), "the distances")
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels for close vectors; subtract first."
    expect.that(bool((value >= 0).all()), f"a squared distance came out negative. {hint}")
    expect.that(bool((value.max(dim=1).values > 1).all()), "the distances to other prototypes are far too small")


def test_distances_stay_accurate_far_from_the_origin(student, rng):
    queries, prototypes = points(rng, 6, 4, 8)
    far = 3000 + 100 * torch.randn(8, generator=rng)
    queries, prototypes = queries + far, prototypes + far
    value = student.call(TARGET, queries, prototypes).value
    hint = "||q||^2 - 2 q.c + ||c||^2 cancels for vectors that are large and close; subtract first."
    wanted = oracles.distances(queries, prototypes)
    expect.close(value, wanted, "the distances of large vectors that are close together", hint, atol=1e-4)


def test_swapping_the_arguments_transposes(student, rng):
    queries, prototypes = points(rng, 5, 3, 4)
    one, other = student.call(TARGET, queries, prototypes).value, student.call(TARGET, prototypes, queries).value
    expect.shape(one, (5, 3), "the distances")
    expect.close(other, one.T, "the distances with the arguments swapped", "A distance is symmetric.")


def test_gradients_of_both_arguments(student, rng):
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
    queries, _ = points(rng, 3, 1, 4)
    reply = student.call(TARGET, queries, queries[:2], grad=True)
    for name, gradient in zip(("queries", "prototypes"), reply.input_grads, strict=True):
        finite = gradient is not None and bool(torch.isfinite(gradient).all())
        hint = "A root has an infinite slope at 0, even if it is squared afterwards."
        expect.that(finite, f"the gradient of the {name} is not finite where a query equals a prototype. {hint}")


def test_dtype_and_precision_are_kept(student, rng):
    queries, prototypes = points(rng, 4, 3, 5, torch.float64)
    queries, prototypes = queries + 1e5, prototypes + 1e5
    value = student.call(TARGET, queries, prototypes).value
    hint = "Take the dtype from the inputs, inside as well."
    expect.shape(value, (4, 3), "the distances of float64 vectors")
    expect.dtype(value, torch.float64, "distances of float64 vectors", hint)
    wanted = oracles.distances(queries, prototypes)
    expect.close(value, wanted, "distances of float64 vectors", hint, rtol=1e-4, atol=1e-5)
    value = student.call(TARGET, queries.float(), prototypes.float()).value
    expect.dtype(value, torch.float32, "distances of float32 vectors", hint)


def test_any_memory_layout_will_do_and_stays_unchanged(student, rng):
    queries, prototypes = torch.randn(4, 6, generator=rng).T, torch.randn(4, 3, generator=rng).T  # not contiguous
    reply = student.call(TARGET, queries, prototypes)
    wanted = oracles.distances(queries, prototypes)
    expect.close(reply.value, wanted, "the distances of tensors that are not contiguous")
    expect.unchanged(queries, reply.inputs[0], "queries")
    expect.unchanged(prototypes, reply.inputs[1], "prototypes")
