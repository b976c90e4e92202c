"""Hidden suite of `nt_xent`: equation 1 of SimCLR, its closed forms, its slopes and its stability.

A test quotes what it demands. Where any constant would meet it, it first asserts that the loss rewards agreement.
"""

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
AXES = torch.eye(3, 5)  # three directions at right angles


def pair(rng, n_pairs, dim, dtype=torch.float32):
    """Two related batches of projections whose lengths are far from one; the first is more crowded than the second."""
    z1 = 1 + torch.randn(n_pairs, dim, generator=rng, dtype=torch.float64)
    z2 = z1 + torch.randn(n_pairs, dim, generator=rng, dtype=torch.float64)
    if dim == 1:  # there are only signs, and they decide: one pair agrees on each side, another does not
        z1, z2 = z1.abs() * signs(1, -1, 1, 1)[:n_pairs], z2.abs() * signs(1, -1, -1, 1)[:n_pairs]
    lengths = 0.5 + 4 * torch.rand(2, n_pairs, 1, generator=rng, dtype=torch.float64)
    z1, z2 = (torch.nn.functional.normalize(z, dim=1) * length for z, length in zip((z1, z2), lengths, strict=True))
    return z1.to(dtype), z2.to(dtype)


def signs(*values):
    """A column of signs."""
    return torch.tensor(values, dtype=torch.float64)[:, None]


def turned(rng, z):
    """The same vectors, rotated: all cosines stay the same."""
    return z @ torch.linalg.qr(torch.randn(z.shape[1], z.shape[1], generator=rng)).Q


def loss(student, *args):
    """The loss as a number, whatever its type, which is the subject of one test."""
    return expect.scalar(student.call(LOSS, *args).value, "the loss", "Average over the 2B anchors.")


def rewards_agreement(student):
    """Asserts that views which agree cost less than views which point away from each other."""
    near, away = (loss(student, AXES, sign * AXES, 0.5) for sign in (1, -1))
    expect.that(away > near + 0.1, f"the loss should be smaller for views that agree. {SIGN}")


def test_is_a_scalar(student, rng):
    """() of the same dtype: the mean over the 2B anchors."""
    rewards_agreement(student)
    value = student.call(LOSS, *pair(rng, 5, 7), 0.5).value
    expect.shape(value, (), "the loss", "Average over the 2B anchors.")
    expect.dtype(value, torch.float32, "the loss of float32 projections")


def test_float64_stays_float64(student, rng):
    """() of the same dtype"""
    rewards_agreement(student)
    value = student.call(LOSS, *pair(rng, 4, 6, torch.float64), 0.5).value
    expect.dtype(value, torch.float64, "the loss of float64 projections", "Its dtype is that of the projections.")


def test_lengths_do_not_matter(student, rng):
    """sim(u, v) = u.v / (||u|| ||v||) the cosine similarity"""
    z1, z2 = pair(rng, 5, 4)
    stretched = (z1 * torch.rand(5, 1, generator=rng).add(0.1), z2 * 50)
    hint = "The similarity is the cosine: divide each row by its own length."
    first, second = (loss(student, *views, 0.5) for views in ((z1, z2), stretched))
    expect.number(second, first, "the loss after stretching single projections", hint)
    rewards_agreement(student)


def test_equal_projections_leave_a_guess(student, rng):
    """If all 2B projections are equal, every anchor guesses among 2B - 1 others: the loss is log(2B - 1), whatever the
    temperature
    """
    for n_pairs, temperature in ((2, 0.5), (5, 0.07), (9, 2.0)):
        z = torch.randn(1, 6, generator=rng).repeat(n_pairs, 1)
        value = student.call(LOSS, z, z, temperature).value
        hint = (
            "Every anchor chooses among 2B - 1 others: is it masked itself, does its positive stay in the sum, is the "
            "loss the mean over the 2B anchors?"
        )
        expect.number(value, math.log(2 * n_pairs - 1), "the loss of equal projections", hint)


def test_swapping_the_views_changes_nothing(student, rng):
    """each of the B pairs counts twice, as l(i, j) and as l(j, i)"""
    center = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0]])
    z1, z2 = turned(rng, torch.cat([center + 0.2 * AXES, 1.5 * AXES])).chunk(2)  # z1 is crowded, z2 is not
    hint = "Each pair counts twice: once with each of its two views as the anchor."
    swapped, first = loss(student, z2, z1, 0.3), loss(student, z1, z2, 0.3)
    expect.number(swapped, first, "the loss with z1 and z2 swapped", hint)
    rewards_agreement(student)


def test_negatives_come_from_both_halves(student):
    """The sum runs over all 2B - 1 other views, those of the same batch half and the positive j included."""
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
    """l(i, j) = -log( exp(sim(z_i, z_j) / t) / sum over k != i of exp(sim(z_i, z_k) / t) )"""
    n_pairs = 4
    z = turned(rng, torch.eye(n_pairs, 6))
    value = student.call(LOSS, z, 3 * z, 0.5).value
    expected = math.log(math.exp(2) + 2 * (n_pairs - 1)) - 2
    hint = "Row i of z1 and row i of z2 are the positives; everything else is a negative."
    expect.number(value, expected, "the loss of aligned pairs that are orthogonal to each other", hint)


def test_order_of_the_pairs_changes_nothing_but_mixing_them_does(student, rng):
    """row i of both comes from the same image"""
    z1 = turned(rng, torch.eye(6))
    z2 = z1 + 0.1 * torch.randn(6, 6, generator=rng)
    order = torch.tensor([3, 0, 5, 1, 2, 4])
    first = loss(student, z1, z2, 0.5)
    hint = "The positives are row i of z1 and row i of z2."
    expect.number(loss(student, z1[order], z2[order], 0.5), first, "the loss of reordered pairs", hint)
    mixed = loss(student, z1, z2[order], 0.5)
    expect.that(mixed > first + 0.1, f"the loss should be larger when the pairs are mixed up. {hint}")


@pytest.mark.parametrize(("n_pairs", "dim"), [(5, 7), (6, 3), (2, 12), (4, 1), (40, 3)])
def test_equals_the_loop_over_anchors(student, rng, n_pairs, dim):
    """The loss is the mean of l over all 2B anchors"""
    hint = "Check the positive of each anchor (B rows away), the mask of the diagonal and the normalisation of rows."
    for z1, z2 in (pair(rng, n_pairs, dim), pair(rng, n_pairs, dim)):  # one wrong mean may be right by chance
        value = student.call(LOSS, z1, z2, 0.5).value
        expect.number(value, oracles.nt_xent(z1, z2, 0.5), f"the loss of {n_pairs} pairs", hint)


def test_temperature_divides(student, rng):
    """the similarities are divided by it"""
    z1, z2 = pair(rng, 4, 6)
    for temperature in (0.25, 1.0, 3.0):
        value = student.call(LOSS, z1, z2, temperature).value
        hint = "The similarities are divided by the temperature that is given, once."
        expect.number(value, oracles.nt_xent(z1, z2, temperature), f"the loss at temperature {temperature}", hint)


def test_default_temperature(student, rng):
    """t > 0, by default 0.5"""
    for z1, z2 in (pair(rng, 4, 6), pair(rng, 4, 6)):
        value, expected = student.call(LOSS, z1, z2).value, oracles.nt_xent(z1, z2, 0.5)
        expect.number(value, expected, "the loss without a temperature", "The default is 0.5.")


def test_leaves_its_inputs_alone(student, rng):
    """The tensors that are given stay as they are."""
    rewards_agreement(student)
    z1, z2 = pair(rng, 4, 6)
    reply = student.call(LOSS, z1, z2, 0.5)
    for name, before, after in zip(("z1", "z2"), (z1, z2), reply.inputs, strict=False):
        expect.unchanged(before, after, name)


def test_one_pair_costs_nothing(student, rng):
    """With B = 1 there is no negative, and the loss is 0."""
    rewards_agreement(student)
    for dim in (5, 1):
        value = student.call(LOSS, *pair(rng, 1, dim), 0.5).value
        expect.number(value, 0.0, "the loss of a single pair", "Without negatives the loss is 0.", atol=1e-5)


def test_views_may_point_away_from_each_other(student, rng):
    """views that point away from each other cost what equation 1 says"""
    rewards_agreement(student)
    corners = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # each is far from every other one
    center = torch.tensor([[2.0, 1, 1], [1, 2, 1], [1, 1, 2]])
    hint = (
        "exp(-200) is 0 in float32: take off the largest score without the diagonal, add nothing inside the logarithm, "
        "or use logsumexp or cross_entropy."
    )
    for z1, z2 in (corners.chunk(2), (center, center * signs(1, -1, 1)), (center[:1], -center[:1])):
        z1, z2 = turned(rng, torch.cat([z1, z2]).float()).chunk(2)
        expected = oracles.nt_xent(z1, z2, 0.01)
        what = f"the loss of {len(z1)} pairs with opposite views at temperature 0.01"
        expect.number(student.call(LOSS, z1, z2, 0.01).value, expected, what, hint, rtol=1e-3, atol=1e-3)


def test_small_temperature_stays_finite(student, rng):
    """for t = 0.01, too, the loss and its gradients are finite"""
    z1, z2 = pair(rng, 5, 6)
    z1[1] = z1[0] + 0.1 * z1[0].norm() * torch.randn(6, generator=rng) / 6**0.5  # the closest one is in the same half
    reply = student.call(LOSS, z1, z2, 0.01, grad=True)
    hint = "exp(100) is beyond float32: use logsumexp or cross_entropy on the scores."
    expected = oracles.nt_xent(z1, z2, 0.01)
    expect.number(reply.value, expected, "the loss at temperature 0.01", hint, rtol=1e-3, atol=1e-3)
    for gradient in reply.input_grads:
        finite = gradient is None or bool(gradient.isfinite().all())  # another test asks whether there is one
        expect.that(finite, f"a gradient at temperature 0.01 is not finite. {hint}")


def test_zero_vector_gives_no_nan(student, rng):
    """A vector of zeros must not give nan."""
    rewards_agreement(student)
    z1, z2 = pair(rng, 4, 5)
    z1[2] = 0
    finite = math.isfinite(loss(student, z1, z2, 0.5))
    expect.that(finite, "a projection of zeros should not make the loss nan. Do not divide by a length of 0.")


def test_gradients_reach_both_views(student, rng):
    """gradients reach z1 and z2, through their lengths, too"""
    z1, z2 = pair(rng, 3, 4, torch.float64)
    reply = student.call(LOSS, z1, z2, 0.4, grad=True)
    expect.that(reply.differentiable, "the loss has no gradient. Do not detach, and return a tensor, not a number.")
    expected = oracles.nt_xent_gradient(z1, z2, 0.4)
    hint = "Both views are trained, through the normalisation, too: nothing may be detached."
    for name, gradient, wanted in zip(("z1", "z2"), reply.input_grads, expected, strict=True):
        expect.that(gradient is not None, f"no gradient reaches {name}. {hint}")
        expect.close(gradient, wanted, f"the gradient by {name}", hint, rtol=1e-3, atol=1e-5)
