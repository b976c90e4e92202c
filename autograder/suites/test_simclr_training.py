"""Hidden suite of `simclr_training`: a linear model under plain gradient descent, followed step by step.

The augmentation keeps what it drew. The loss does not care which view of a pair is the first one, nor whether both go
through the model together, so that the whole training can be computed again from those draws.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from autograder.suites import expect
from autograder.suites import simclr_oracles as oracles

TRAIN = "simclr.train_simclr"
SIZES = (4, 3, 5)


def train(student, rng, sizes=SIZES, temperature=0.4, lr=0.5):
    """Trains and returns what is left to look at."""
    batches = [4 * torch.randn(size, 3, 2, 2, generator=rng) for size in sizes]
    model, noise = student.prop("RecordingEncoder", 12, 4, seed=2).eval(), student.prop("Noise")
    before, log = model.parameters()["linear.weight"], student.prop("Log", model)
    source = student.prop("Once", batches, log)
    student.call(TRAIN, model, source, noise, student.prop("SGD", model, lr=lr), temperature, log, seed=7)
    entries = log.get("entries")
    number = f"{len(sizes)} batches should give {len(sizes)} entries in the log, got {len(entries)}"
    expect.that(len(entries) == len(sizes), f"{number}. Call log once per batch.")
    views = oracles.pair_views(batches, noise.get("outputs"))
    return SimpleNamespace(before=before, model=model, log=log, source=source, entries=entries, views=views)


def expected(run, temperature=0.4, lr=0.5):
    """The losses and weights of the same training by the oracle."""
    hint = "Augment the images of every batch twice: two views, each of its own draw."
    expect.that(run.views is not None, f"not every image was augmented twice in its step. {hint}")
    return oracles.train_simclr(run.before, run.views, temperature, lr)


def losses(run):
    """The logged losses, as a tensor."""
    for _, values in run.entries:
        expect.that("loss" in values, 'the log should be given {"loss": …}.')
        expect.that(type(values["loss"]) is float, "the logged loss should be a Python float. Use loss.item().")
    return torch.tensor([values["loss"] for _, values in run.entries], dtype=torch.float64)


def test_logs_every_batch_with_its_step_from_0(student, rng):
    run = train(student, rng)
    steps = [step for step, _ in run.entries]
    expect.that(steps == [0, 1, 2], f"the logged steps of three batches should be 0, 1, 2, got {steps}.")
    losses(run)


def test_augments_every_image_twice(student, rng):
    expected(train(student, rng, sizes=(2, 5)))


def test_first_loss_is_that_of_the_untrained_model(student, rng):
    run = train(student, rng, sizes=(5,), temperature=0.5)
    hint = "Log the loss that was computed before the step, as it is."
    expect.close(losses(run), torch.tensor(expected(run, 0.5)[0]), "the loss of the first step", hint, rtol=1e-3)


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_uses_the_given_temperature(student, rng, temperature):
    run = train(student, rng, sizes=(4,), temperature=temperature)
    expect.close(
        losses(run), torch.tensor(expected(run, temperature)[0]), "the loss", "Hand the temperature on.", rtol=1e-3
    )


def test_one_step_goes_down_the_gradient(student, rng):
    run = train(student, rng, sizes=(4,))
    after = run.model.parameters()["linear.weight"]
    expect.that(not torch.equal(after, run.before), "the model did not change. Call backward, then optimizer.step().")
    hint = "One step of the given optimiser per batch, on the gradients of the NT-Xent loss of both views."
    expect.close(after, expected(run)[1][0], "the weight after a step", hint, rtol=1e-3, atol=1e-4)


def test_every_batch_starts_from_clear_gradients(student, rng):
    run = train(student, rng)
    hint = "Clear the gradients before every backward: optimizer.zero_grad()."
    weights = run.model.parameters()["linear.weight"]
    expect.close(weights, expected(run)[1][-1], "the weight after three steps", hint, rtol=2e-3, atol=5e-4)


def test_losses_follow_the_training(student, rng):
    run = train(student, rng)
    hint = "Each entry is the loss of its own batch, not a running mean."
    expect.close(losses(run), torch.tensor(expected(run)[0]), "the series of three losses", hint, rtol=5e-3, atol=1e-3)


def test_logs_after_the_step(student, rng):
    run = train(student, rng)
    seen = run.log.get("seen")
    expect.that(not torch.equal(seen[0], run.before), "the model was still untrained when the first batch was logged.")
    same = torch.equal(seen[-1], run.model.parameters()["linear.weight"])
    expect.that(same, "the model changed after its last entry in the log. Log after the step.")


def test_trains_in_training_mode(student, rng):
    run = train(student, rng)
    calls = run.model.get("batches")
    expect.that(bool(calls), "the model was never called.")
    expect.that(all(mode for _, mode in calls), "the model came in evaluation mode and stayed so. Call model.train().")


def test_both_views_go_through_the_model(student, rng):
    run = train(student, rng)
    count = sum(size for size, _ in run.model.get("batches"))
    hint = "The two views of every image, once."
    expect.that(count == 2 * sum(SIZES), f"{count} images went through the model in place of {2 * sum(SIZES)}. {hint}")


def test_takes_batches_one_by_one(student, rng):
    run = train(student, rng, sizes=(3, 2, 4, 2, 3, 2))
    expect.that(run.source.get("taken") == 6, "not every batch was used.")
    hint = "It may be endless: do not make a list of it."
    expect.that(run.source.get("ahead") <= 2, f"batches are taken long before they are trained on. {hint}")


def test_leaves_the_optimiser_to_the_caller(student, rng):
    run = train(student, rng, lr=0.0)
    still = torch.equal(run.before, run.model.parameters()["linear.weight"])
    expect.that(still, "the model changed under a learning rate of 0. Use the optimiser that is given.")
