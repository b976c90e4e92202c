"""Hidden suite of `protonet_training`: the loop over episodes. The model is not the student's: any model will do.

It is linear with squared losses, so that the judge follows the whole training by closed forms. Its weights are the
judge's own, and every test first finds that the model was run on an episode and changed at all.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from autograder.suites import expect, seeds
from autograder.suites import protonet_oracles as oracles

LR, MOMENTUM = 0.05, 0.9
LOOP = "For every episode: forward, clear the old gradients, backward, one step of the optimizer, nothing else."


def look(weights, episode):
    """What the model makes of an episode: its loss, its accuracy and the gradients of weight and bias, in float64."""
    weight, bias = weights
    support, query = (images.double().flatten(2) for images in episode)  # (n_way, n_…, 4)
    s, q = support @ weight + bias, query @ weight + bias
    grad_weight = 2 * (s.unsqueeze(-1) * support).mean((0, 1)) + 2 * ((q - 1).unsqueeze(-1) * query).mean((0, 1))
    gradients = [grad_weight, 2 * s.mean() + 2 * (q - 1).mean()]
    return (s.square().mean() + (q - 1).square().mean()).item(), (1 / (1 + (-q).exp())).mean().item(), gradients


def course(rng, n):
    """A training of n episodes: by algorithm 1 and SGD with momentum, the weights after every step and the log."""
    start = weights = [torch.randn(4, generator=rng).double(), torch.randn((), generator=rng).double()]
    velocity = [torch.zeros_like(value) for value in start]
    found = SimpleNamespace(start=start, episodes=[], weights=[], losses=[], accuracies=[])
    for _ in range(n):
        support, query = (torch.randn(3, count, 4, 1, 1, generator=rng) for count in (2, 4))
        found.episodes.append(oracles.Episode(support, query))
        loss, accuracy, gradients = look(weights, found.episodes[-1])
        weights, velocity = oracles.momentum(weights, gradients, velocity, LR, MOMENTUM)
        found.losses.append(loss)
        found.accuracies.append(accuracy)
        found.weights.append(weights)
    return found


def prepare(student, wanted):
    """The model with the judge's weights, in evaluation mode, and its optimizer."""
    model = student.prop("EpisodeModel", 4)
    weight, bias = wanted.start
    model.load({"linear.weight": weight.float().reshape(1, 4), "linear.bias": bias.float().reshape(1)})
    return model.eval(), student.prop("SGD", model, lr=LR, momentum=MOMENTUM)


def train(student, rng, n=4, before=False):
    """Trains a small model on n episodes; returns what the student's loop did and what algorithm 1 does.

    Args:
        student: the submission.
        rng: what the episodes are drawn from.
        n: how many.
        before: whether the parameters hold gradients when training begins.
    """
    wanted = course(rng, n)
    model, optimizer = prepare(student, wanted)
    if before:
        old = oracles.Episode(torch.ones(2, 1, 4, 1, 1), torch.ones(2, 1, 4, 1, 1))
        model(old, grad="loss")
    skipped = len(model.get("losses"))
    log = student.prop("Log", model)
    source, held = student.prop("Once", wanted.episodes, log), model.parameters()
    student.call("protonet.train_protonet", model, source, optimizer, log)
    modes, losses = model.get("modes")[skipped:], model.get("losses")[skipped:]
    first = [look(wanted.start, episode)[0] for episode in wanted.episodes]
    ran = bool(losses) and any(abs(losses[0] - loss) < 1e-3 * (1 + loss) for loss in first)
    expect.that(ran, "the model was not run on an episode before its parameters changed")
    after = model.parameters()
    moved = any(name not in after or not torch.equal(after[name], value) for name, value in held.items())
    expect.that(moved, f"the trained parameters are those from before: {why_still(optimizer)}. {LOOP}")
    return SimpleNamespace(model=model, source=source, log=log, wanted=wanted, modes=modes, number=len(losses))


def why_still(optimizer):
    """Why an optimizer left the parameters as they were."""
    steps = optimizer.get("steps")
    if not steps:
        return "the optimizer took no step"
    if not optimizer.get("backwards"):
        return "no backward reached them"
    if not steps[0][0]:
        return "the optimizer stepped before the first backward"
    return "their gradients were gone when the optimizer stepped"


@pytest.fixture(scope="module")
def usual(student):
    """A training on four episodes."""
    return train(student, seeds.generator("usual"))


def trained_to(model, weights, what, hint=LOOP):
    """Asserts the model's parameters."""
    got = model.parameters()
    for name, wanted in zip(("linear.weight", "linear.bias"), weights, strict=True):
        value = expect.tensor(got.get(name), "a parameter of the model")
        expect.close(value.flatten(), wanted.flatten(), what, hint, 1e-3, 1e-4)


def logged(log, n, name):
    """The n logged values of a name, as float64."""
    numbers = log.get("numbers")
    expect.that(
        len(numbers) == n, f"log should be called once per episode, {n} times, but was called {len(numbers)} times"
    )
    there = all(name in values for _, values in numbers)
    expect.that(there, f'log should get a number for "{name}", as log(step, {{"loss": …, "accuracy": …}})')
    return torch.tensor([values[name] for _, values in numbers], dtype=torch.float64)


def test_every_episode_is_one_step_of_the_optimizer(usual):
    """Trains on one episode after the other: one step of the optimiser for each (section 2.2)."""
    trained_to(usual.model, usual.wanted.weights[-1], "the trained parameters")


def test_a_single_episode_is_one_step(student, rng):
    """for every episode: forward (once), clear the old gradients, backward, step, log"""
    run = train(student, rng, n=1)
    hint = "Backward comes first, then the step; the first episode counts."
    trained_to(run.model, run.wanted.weights[-1], "the parameters after one episode", hint)


def test_gradients_from_before_are_cleared(student, rng):
    """Old gradients are those of the episode before, and any that the parameters hold when training begins."""
    run = train(student, rng, n=2, before=True)
    hint = "optimizer.zero_grad() before the backward of every episode, the first one, too."
    trained_to(run.model, run.wanted.weights[-1], "the parameters of a model that had old gradients", hint)


def test_steps_are_counted_from_0(usual):
    """as log(step, {"loss": …, "accuracy": …}) with the step counted from 0 in each call"""
    steps = [step for step, _ in usual.log.get("entries")]
    hint = "Once per episode."
    expect.that(steps == [0, 1, 2, 3], f"log should get the steps 0, 1, 2, 3, but got {str(steps)[:80]}. {hint}")


def test_log_gets_python_floats(usual):
    """The two values are Python floats"""
    values = [values[name] for _, values in usual.log.get("entries") for name in ("loss", "accuracy") if name in values]
    there = bool(values) and len(values) == 2 * len(usual.log.get("entries"))
    expect.that(there, 'log should get "loss" and "accuracy", as log(step, {"loss": …, "accuracy": …})')
    kinds = sorted({getattr(value, "kind", type(value).__name__) for value in values if not isinstance(value, float)})
    hint = "A tensor keeps the whole graph in memory; take .item()."
    expect.that(not kinds, f"the logged values should be Python floats, got {', '.join(kinds)[:80]}. {hint}")


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_log_gets_the_numbers_of_each_episode(usual, name):
    """those of this episode's forward pass"""
    wanted = usual.wanted.losses if name == "loss" else usual.wanted.accuracies
    hint = "Each step logs its own forward pass, without averaging and before the parameters change."
    got = logged(usual.log, 4, name)
    expect.close(got, torch.tensor(wanted, dtype=torch.float64), f"the logged {name}", hint, 2e-4)


def test_log_is_called_after_the_step(usual):
    """called once per episode, after its step"""
    seen = usual.log.get("seen")
    expect.that(len(seen) == 4, f"log should be called once per episode, 4 times, but was called {len(seen)} times")
    for value, (weight, _) in zip(seen, usual.wanted.weights, strict=True):
        hint = "Log after optimizer.step(), once per episode, not at the end."
        expect.close(value.flatten(), weight, "the parameters at the time of the log", hint, 1e-3, 1e-4)


def test_model_is_trained_in_training_mode(usual):
    """Training mode first"""
    count = f"{sum(usual.modes)} of {len(usual.modes)} times in training mode"
    every = all(usual.modes)
    expect.that(every, f"the model was in evaluation mode and has to be trained in training mode; it ran {count}")


def test_episodes_are_taken_one_at_a_time(student, rng):
    """It is iterated once and may be endless or larger than memory: take one episode at a time."""
    run = train(student, rng, n=6)
    expect.that(run.source.get("taken") == 6, "every episode should be taken")
    ahead = run.source.get("ahead")
    hint = "episodes may be endless: loop over it, do not turn it into a list"
    expect.that(ahead <= 2, f"{ahead} episodes were taken before the first was logged; {hint}")


def test_model_is_called_once_per_episode(usual):
    """for every episode: forward (once), clear the old gradients, backward, step, log"""
    hint = "Loss and accuracy come from the same forward pass"
    expect.that(usual.number == 4, f"the model was called {usual.number} times for 4 episodes. {hint}")


def test_training_goes_on_where_it_stopped(student, rng):
    """a second call goes on from there, with both as they are"""
    wanted, counted = course(rng, 4), []
    model, optimizer = prepare(student, wanted)
    for half in (wanted.episodes[:2], wanted.episodes[2:]):
        log = student.prop("Log")
        student.call("protonet.train_protonet", model, student.prop("Batches", half), optimizer, log)
        counted.append([step for step, _ in log.get("entries")])
    hint = "Use the model and the optimizer that were given, as they are."
    trained_to(model, wanted.weights[-1], "the parameters after two calls", hint)
    expect.that(counted[0] == counted[1], "each call of train_protonet should count its steps from 0")
