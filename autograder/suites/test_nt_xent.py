"""Hidden suite of `nt_xent`: equation 1 of SimCLR, its closed forms, its slopes and its stability."""

from __future__ import annotations

import math

import pytest
import torch

from autograder.suites import expect
from autograder.suites import simclr_oracles as oracles

LOSS = "simclr.nt_xent_loss"
SIGN = (
    "Check its sign, its positives (row i of z1 belongs with row i of z2), and that similarities are divided by the "
    "temperature."
)


def pair(rng, n_pairs, dim, dtype=torch.float32):
    """Two related batches of projections whose lengths are far from one."""
    z1 = torch.randn(n_pairs, dim, generator=rng, dtype=torch.float64)
    z2 = z1 + torch.randn(n_pairs, dim, generator=rng, dtype=torch.float64)
    lengths = 0.2 + 4 * torch.rand(2, n_pairs, 1, generator=rng, dtype=torch.float64)
    return (z1 * lengths[0]).to(dtype), (z2 * lengths[1]).to(dtype)


def rewards_agreement(student, z):
    """Asserts that views which agree cost less than views which point away from each other."""
    near, away = (expect.shape(student.call(LOSS, z, sign * z, 0.5).value, (), "the loss") for sign in (1, -1))
    expect.that(away.item() > near.item() + 1, f"the loss should be smaller for views that agree. {SIGN}")


def test_is_a_scalar(student, rng):
    value = student.call(LOSS, *pair(rng, 5, 7), 0.5).value
    expect.shape(value, (), "the loss", "Average over the 2B anchors.")
    expect.dtype(value, torch.float32, "the loss of float32 projections")


def test_lengths_do_not_matter(student, rng):
    z1, z2 = pair(rng, 5, 4)
    stretched = (z1 * torch.rand(5, 1, generator=rng).add(0.1), z2 * 50)
    values = [expect.shape(student.call(LOSS, *views, 0.5).value, (), "the loss") for views in ((z1, z2), stretched)]
    hint = "The similarity is the cosine: divide each row by its own length."
    expect.close(values[1], values[0], "the loss after stretching single projections", hint)
    rewards_agreement(student, z1)


def test_equal_projections_leave_a_guess(student, rng):
    for n_pairs, temperature in ((2, 0.5), (5, 0.07), (9, 2.0)):
        z = torch.randn(1, 6, generator=rng).repeat(n_pairs, 1)
        value = student.call(LOSS, z, z, temperature).value
        hint = (
            "Every anchor guesses among 2B - 1 others: is it masked itself, does its positive stay in the sum, is the "
            "loss the mean over the 2B anchors?"
        )
        expect.number(value, math.log(2 * n_pairs - 1), "the loss of equal projections", hint)


def test_swapping_the_views_changes_nothing(student, rng):
    z1, z2 = pair(rng, 6, 3)
    first = expect.shape(student.call(LOSS, z1, z2, 0.3).value, (), "the loss")
    hint = "Each pair counts twice: once with each of its two views as the anchor."
    expect.close(student.call(LOSS, z2, z1, 0.3).value, first, "the loss with z1 and z2 swapped", hint)
    rewards_agreement(student, z1)


def test_negatives_come_from_both_halves(student):
    n_pairs, temperature = 4, 0.5
    z1 = torch.tensor([[1.0, 0.0, 0.0]]).repeat(n_pairs, 1)
    z2 = torch.tensor([[0.0, 0.0, 2.0]]).repeat(n_pairs, 1)
    value = student.call(LOSS, z1, z2, temperature).value
    expected = math.log((n_pairs - 1) * math.exp(1 / temperature) + n_pairs)
    hint = (
        "The sum has 2B - 1 terms: the other views of the anchor's own half are negatives, too. Similarities are "
        "divided by the temperature once."
    )
    expect.number(value, expected, "the loss when each half is one point", hint)


def test_orthogonal_pairs(student, rng):
    n_pairs = 4
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=rng)).Q
    z = rotation[:n_pairs]
    value = student.call(LOSS, z, 3 * z, 0.5).value
    expected = math.log(math.exp(2) + 2 * (n_pairs - 1)) - 2
    hint = "Row i of z1 and row i of z2 are the positives; all else is a negative."
    expect.number(value, expected, "the loss of aligned pairs that are orthogonal to each other", hint)


def test_order_of_the_pairs_changes_nothing_but_mixing_them_does(student, rng):
    z1 = torch.randn(6, 5, generator=rng)
    z2 = z1 + 0.1 * torch.randn(6, 5, generator=rng)
    order = torch.tensor([3, 0, 5, 1, 2, 4])
    first = expect.shape(student.call(LOSS, z1, z2, 0.5).value, (), "the loss")
    hint = "The positives are row i of z1 and row i of z2."
    expect.close(student.call(LOSS, z1[order], z2[order], 0.5).value, first, "the loss of reordered pairs", hint)
    mixed = expect.shape(student.call(LOSS, z1, z2[order], 0.5).value, (), "the loss")
    expect.that(mixed.item() > first.item() + 0.1, f"the loss should be larger when the pairs are mixed up. {hint}")


@pytest.mark.parametrize(("n_pairs", "dim"), [(5, 7), (6, 3), (2, 12)])
def test_equals_the_loop_over_anchors(student, rng, n_pairs, dim):
    z1, z2 = pair(rng, n_pairs, dim)
    value = student.call(LOSS, z1, z2, 0.5).value
    hint = "Check the positive of each anchor (B rows away), the mask of the diagonal and the normalisation of rows."
    expect.number(value, oracles.nt_xent(z1, z2, 0.5), f"the loss of {n_pairs} pairs", hint)


def test_temperature_divides(student, rng):
    z1, z2 = pair(rng, 4, 6)
    for temperature in (0.1, 1.0, 3.0):
        value = student.call(LOSS, z1, z2, temperature).value
        hint = "The similarities are divided by the temperature that is given, once."
        expect.number(value, oracles.nt_xent(z1, z2, temperature), f"the loss at temperature {temperature}", hint)


def test_default_temperature(student, rng):
    z1, z2 = pair(rng, 4, 6)
    expected = oracles.nt_xent(z1, z2, 0.5)
    expect.number(student.call(LOSS, z1, z2).value, expected, "the loss without a temperature", "The default is 0.5.")


def test_one_pair_costs_nothing(student, rng):
    value = student.call(LOSS, *pair(rng, 1, 5), 0.5).value
    expect.number(value, 0.0, "the loss of a single pair", "Without negatives the loss is 0.", atol=1e-5)


def test_small_temperature_stays_finite(student, rng):
    z1, z2 = pair(rng, 5, 6)
    z1[1] = z1[0] + 0.1 * z1[0].norm() * torch.randn(6, generator=rng) / 6**0.5  # the closest is of the same half
    reply = student.call(LOSS, z1, z2, 0.01, grad=True)
    hint = "exp(100) is beyond float32: use logsumexp or cross_entropy on the scores."
    expect.number(
        reply.value, oracles.nt_xent(z1, z2, 0.01), "the loss at temperature 0.01", hint, rtol=1e-3, atol=1e-3
    )
    for gradient in reply.input_grads:
        finite = gradient is None or bool(gradient.isfinite().all())  # whether there is one is another test's question
        expect.that(finite, f"a gradient at temperature 0.01 is not finite. {hint}")


def test_zero_vector_gives_no_nan(student, rng):
    z1, z2 = pair(rng, 4, 5)
    z1[2] = 0
    value = expect.shape(student.call(LOSS, z1, z2, 0.5).value, (), "the loss")
    hint = "Do not divide by a length of 0."
    expect.that(value.isfinite().item(), f"a projection of zeros should not make the loss nan. {hint}")


def test_gradients_reach_both_views(student, rng):
    z1, z2 = pair(rng, 3, 4, torch.float64)
    reply = student.call(LOSS, z1, z2, 0.4, grad=True)
    expect.that(reply.differentiable, "the loss has no gradient. Do not detach, and return a tensor, not a number.")
    expected = oracles.nt_xent_gradient(z1, z2, 0.4)
    hint = "Both views are trained, through the normalisation, too: nothing may be detached."
    for name, gradient, wanted in zip(("z1", "z2"), reply.input_grads, expected, strict=True):
        expect.that(gradient is not None, f"no gradient reaches {name}. {hint}")
        expect.close(gradient, wanted, f"the gradient by {name}", hint, rtol=1e-3, atol=1e-6)


def test_float64_stays_float64(student, rng):
    z1, z2 = pair(rng, 4, 6, torch.float64)
    value = student.call(LOSS, z1, z2, 0.5).value
    hint = "Do not convert to float32 on the way."
    expect.dtype(value, torch.float64, "the loss of float64 projections", hint)
    expect.number(value, oracles.nt_xent(z1, z2, 0.5), "the loss in float64", hint, rtol=1e-9, atol=1e-10)


def test_leaves_its_inputs_alone(student, rng):
    z1, z2 = pair(rng, 4, 6)
    reply = student.call(LOSS, z1, z2, 0.5)
    expect.shape(reply.value, (), "the loss")
    for name, before, after in zip(("z1", "z2"), (z1, z2), reply.inputs, strict=False):
        expect.unchanged(before, after, name)
