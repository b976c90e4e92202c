"""Hidden suite of `simclr_training`: a linear model under plain gradient descent, followed step by step.

The augmentation notes what it drew. The loss does not care which view of a pair is the first one, nor whether both go
through the model together, so that the whole training can be computed again from those draws.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from autograder.suites import expect
from autograder.suites import simclr_oracles as oracles

TRAIN = "simclr.train_simclr"
SIZES = (4, 3, 5)
BASE = 5  # a seed for which gradients of wrong pairs point elsewhere


def train(student, rng, sizes=SIZES, temperature=0.4, lr=0.5, old_gradients=False):
    """Trains and returns what can be inspected afterwards."""
    weight, *batches = near_fixed(rng, (4, 12), *((size, 3, 2, 2) for size in sizes))
    model, noise = student.prop("RecordingEncoder", 12, 4).eval(), student.prop("Noise")
    model.load({"linear.weight": weight})
    if old_gradients:
        model(torch.randn(2, 12, generator=rng), grad=True)
    log = student.prop("Log", model)
    source = student.prop("Once", batches, log)
    student.call(TRAIN, model, source, noise, student.prop("SGD", model, lr=lr), temperature, log, seed=7)
    return SimpleNamespace(
        **{"batches": batches, "temperature": temperature, "lr": lr, "model": model, "log": log, "source": source},
        before=weight,
        after=model.parameters()["linear.weight"],
        views=oracles.pair_views(batches, noise.get("outputs")),
    )


def near_fixed(rng, *shapes):
    """Draws a weight and images that differ from one seed to the next by a thousandth, so that no verdict does."""
    fixed = torch.Generator().manual_seed(BASE)
    sizes = [1.0] + [4.0] * (len(shapes) - 1)
    return [
        size * (torch.randn(*shape, generator=fixed) + 0.001 * torch.randn(*shape, generator=rng))
        for size, shape in zip(sizes, shapes, strict=True)
    ]


def expected(run):
    """The losses and weights of the same training by the oracle."""
    hint = "Augment the images of every batch twice: two views, each of its own draw."
    expect.that(run.views is not None, f"not every image was augmented twice in its step. {hint}")
    return oracles.train_simclr(run.before, run.views, run.temperature, run.lr)


def losses(run):
    """The logged losses, whatever their type and name."""
    entries = run.log.get("numbers")
    expect.that(len(entries) >= len(run.batches), f"{len(run.batches)} batches should give as many entries in the log.")
    found = [values.get("loss", next(iter(values.values()), math.nan)) for _, values in entries[: len(run.batches)]]
    return torch.tensor(found, dtype=torch.float64)


def compare_losses(run, what, hint):
    """Asserts the logged losses."""
    wanted = torch.tensor(expected(run)[0], dtype=torch.float64)
    expect.close(losses(run), wanted, what, hint, rtol=1e-3, atol=1e-4)


def assert_learns(student, rng):
    """Asserts that a tiny step moves the weight down the gradient, or that the first loss is right."""
    run = train(student, rng, sizes=(6,), lr=1e-3)
    images = run.batches[0].flatten(1)
    _, (wanted,) = oracles.train_simclr(run.before, [(images + 0.4, images + 0.6)], run.temperature, run.lr)
    way, down = ((end - run.before).flatten().double() for end in (run.after, wanted))
    along = F.cosine_similarity(way, down, dim=0).item() > 0.5
    right = along or (run.views and math.isclose(losses(run)[0].item(), expected(run)[0][0], rel_tol=1e-2))
    expect.that(right, "the model learns nothing: it does not move down the gradient. Call backward, then step.")


def assert_stepped(run):
    """Asserts that the weight changed; the gradients that are left tell a missing step from cleared gradients."""
    if torch.equal(run.after, run.before):
        left = run.model.grads()["linear.weight"]
        ready = left is not None and bool(left.any())
        expect.that(not ready, "the model did not change, though gradients are ready. Call optimizer.step().")
        hint = "Nothing may clear them in between: zero_grad, backward, then step."
        expect.that(False, f"the model did not change: there are no gradients to step along. {hint}")


def test_logs_every_batch_with_its_step_from_0(student, rng):
    """With three batches, `log` sees the steps 0, 1, 2"""
    steps = [step for step, _ in train(student, rng).log.get("entries")]
    hint = "Call log once per batch."
    expect.that(
        steps == [0, 1, 2], f"the logged steps of three batches should be 0, 1, 2, got {steps}"[:200] + f". {hint}"
    )
    assert_learns(student, rng)


def test_logs_the_loss_by_its_name(student, rng):
    """called once per batch, after its step, as log(step, {"loss": …})"""
    entries = train(student, rng).log.get("entries")
    named = bool(entries) and all("loss" in values for _, values in entries)
    expect.that(named, 'the log should be given {"loss": …}.')
    assert_learns(student, rng)


def test_logs_python_floats(student, rng):
    """the loss of this batch, from before the step, as a Python float."""
    entries = train(student, rng).log.get("entries")
    floats = bool(entries) and all(isinstance(value, float) for _, values in entries for value in values.values())
    expect.that(floats, "the logged loss should be a Python float. Use loss.item().")
    assert_learns(student, rng)


def test_augments_every_image_twice(student, rng):
    """Training mode first; then for every batch: two views"""
    expected(train(student, rng, sizes=(2, 5)))
    assert_learns(student, rng)


def test_first_loss_is_that_of_the_untrained_model(student, rng):
    """the loss of step 0 is that of the untrained model."""
    run = train(student, rng, sizes=(5,), temperature=0.5)
    compare_losses(run, "the loss of the first step", "Log the loss that was computed before the step, as it is.")


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_uses_the_given_temperature(student, rng, temperature):
    """temperature: of the NT-Xent loss."""
    compare_losses(train(student, rng, sizes=(4,), temperature=temperature), "the loss", "Pass the temperature on.")


def test_one_step_goes_down_the_gradient(student, rng):
    """one step of the optimiser per batch"""
    run = train(student, rng, sizes=(4,))
    assert_stepped(run)
    hint = "One step of the given optimiser per batch, on the gradients of the NT-Xent loss of both views."
    expect.close(run.after, expected(run)[1][0], "the weight after a step", hint, rtol=1e-3, atol=1e-4)


def test_every_batch_starts_from_clear_gradients(student, rng):
    """the NT-Xent loss, clear the old gradients, backward, step, log."""
    run = train(student, rng)
    hint = "Clear the gradients before every backward: optimizer.zero_grad(). Leave the learning rate as it is."
    expect.close(run.after, expected(run)[1][-1], "the weight after three steps", hint, rtol=2e-3, atol=5e-4)


def test_gradients_from_before_the_call_do_not_count(student, rng):
    """Gradients that are left from before, even from before the call, do not count."""
    run = train(student, rng, sizes=(4,), old_gradients=True)
    hint = "Clear the gradients before backward: some may be left from before the call."
    expect.close(run.after, expected(run)[1][0], "the weight after a step", hint, rtol=1e-3, atol=1e-4)


def test_a_batch_may_hold_one_image(student, rng):
    """each (B, 3, H, W) float32 in [0, 1]; B may be 1."""
    run = train(student, rng, sizes=(1, 4, 1))
    entries = run.log.get("entries")
    expect.that(
        len(entries) == 3, f"a batch of one image should be trained on like any other, got {len(entries)} entries."
    )
    expect.close(run.after, expected(run)[1][-1], "the weight after three steps", rtol=2e-3, atol=5e-4)


def test_losses_follow_the_training(student, rng):
    """the loss of this batch, from before the step"""
    run, hint = train(student, rng), "Each entry is the loss of its own batch, not a running mean."
    compare_losses(run, "the series of three losses", hint)


def test_logs_after_the_step(student, rng):
    """called once per batch, after its step"""
    run = train(student, rng)
    seen = run.log.get("seen")
    trained = bool(seen) and not torch.equal(seen[0], run.before)
    expect.that(trained, "the model was still untrained when the first batch was logged.")
    expect.that(
        torch.equal(seen[-1], run.after), "the model changed after its last entry in the log. Log after the step."
    )
    assert_learns(student, rng)


def test_trains_in_training_mode(student, rng):
    """Training mode first"""
    calls = train(student, rng).model.get("batches")
    expect.that(bool(calls), "the model was never called.")
    expect.that(
        all(mode for _, mode in calls), "the model was in evaluation mode and stayed in it. Call model.train()."
    )
    assert_learns(student, rng)


def test_both_views_go_through_the_model(student, rng):
    """It is trained in place, and sees each view once."""
    count = sum(size for size, _ in train(student, rng).model.get("batches"))
    hint = "The two views of every image, once."
    expect.that(count == 2 * sum(SIZES), f"{count} images went through the model instead of {2 * sum(SIZES)}. {hint}")
    assert_learns(student, rng)


def test_takes_batches_one_by_one(student, rng):
    """It is iterated once and may be endless: take a batch when the ones before are trained on, or at most one
    ahead."""
    run = train(student, rng, sizes=(3, 2, 4, 2, 3, 2))
    expect.that(run.source.get("taken") == 6, "not every batch was used.")
    hint = "It may be endless: do not turn it into a list."
    expect.that(run.source.get("ahead") <= 2, f"batches are taken long before they are trained on. {hint}")
    assert_learns(student, rng)


def test_leaves_the_learning_rate_to_the_optimiser(student, rng):
    """holds the parameters of `model`, and its learning rate stays as it is."""
    state, ways = rng.get_state(), []
    for lr in (0.01, 0.02):
        rng.set_state(state)
        run = train(student, rng, lr=lr)
        ways.append((run.after - run.before).norm().item())
    expect.that(ways[0] > 0, "the model did not change. Call backward, then optimizer.step().")
    hint = "Use the optimizer that is given."
    expect.that(
        math.isclose(ways[1], 2 * ways[0], rel_tol=0.2),
        f"twice the learning rate does not move the weight twice as far. {hint}",
    )
