"""Hidden suite of `protonet_training`: the loop over episodes. The model is not the student's: any model will do."""

from __future__ import annotations

import torch

from autograder.grading import props
from autograder.suites import expect, oracles

LR, MOMENTUM = 0.05, 0.9


def train(student, rng, n=4):
    """Trains a small model on n episodes; returns what the student's loop did and what algorithm 1 does."""
    episodes = [oracles.episode(3, 2, 4, (1, 2, 2), rng) for _ in range(n)]
    model = student.prop("EpisodeModel", 4, seed=2)
    wanted = Reference(model.parameters(), episodes)
    log = student.prop("Log", model)
    source = student.prop("Once", episodes, log)
    optimizer = student.prop("SGD", model, lr=LR, momentum=MOMENTUM)
    student.call("protonet.train_protonet", model.eval(), source, optimizer, log)
    return model, source, log, wanted


class Reference:
    """The parameters after every step, and the loss and accuracy before it, by the rules of SGD with momentum."""

    def __init__(self, start, episodes):
        model = props.EpisodeModel(4)
        weights, velocity = list(start.values()), [torch.zeros_like(value) for value in start.values()]
        self.weights, self.losses, self.accuracies = [], [], []
        for episode in episodes:
            model.load_state_dict(dict(zip(start, weights, strict=True)))
            loss, accuracy, _ = model(episode)
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            weights, velocity = oracles.momentum(weights, gradients, velocity, LR, MOMENTUM)
            self.weights.append(weights)
            self.losses.append(loss.item())
            self.accuracies.append(accuracy.item())


def entries(log, n):
    """What was logged, after its form: n times (step, {"loss": …, "accuracy": …})."""
    logged = log.get("entries")
    expect.that(len(logged) == n, f"log should be called once per episode, {n} times, and was {len(logged)} times")
    for _, values in logged:
        there = isinstance(values, dict) and {"loss", "accuracy"} <= set(values)
        expect.that(there, 'log should get a dict with "loss" and "accuracy", as log(step, {"loss": …, "accuracy": …})')
    return logged


def test_every_episode_is_one_step_of_the_optimizer(student, rng):
    model, _, _, wanted = train(student, rng)
    for got, expected in zip(model.parameters().values(), wanted.weights[-1], strict=True):
        hint = "For every episode: forward, clear the old gradients, backward, one step of the optimizer, nothing else."
        expect.close(got, expected, "the trained parameters", hint, 1e-4, 1e-5)


def test_a_single_episode_is_one_step(student, rng):
    model, _, log, wanted = train(student, rng, n=1)
    for got, expected in zip(model.parameters().values(), wanted.weights[-1], strict=True):
        hint = "Backward comes first, then the step; the first episode counts."
        expect.close(got, expected, "the parameters after one episode", hint, 1e-4, 1e-5)
    entries(log, 1)


def test_steps_are_counted_from_0(student, rng):
    _, _, log, _ = train(student, rng, n=5)
    steps = [step for step, _ in entries(log, 5)]
    expect.that(steps == [0, 1, 2, 3, 4], f"log should get the steps 0, 1, 2, 3, 4, and got {steps}"[:200])


def test_log_gets_python_floats(student, rng):
    _, _, log, _ = train(student, rng)
    for _, values in entries(log, 4):
        for name in ("loss", "accuracy"):
            hint = "A tensor keeps the whole graph in memory; take .item()."
            kind = type(values[name]).__name__
            expect.that(type(values[name]) is float, f"the logged {name} should be a Python float, got {kind}. {hint}")


def test_log_gets_the_loss_and_accuracy_of_each_episode(student, rng):
    _, _, log, wanted = train(student, rng)
    logged = entries(log, 4)
    for name, expected in (("loss", wanted.losses), ("accuracy", wanted.accuracies)):
        got = torch.stack([torch.as_tensor(values[name]).double().reshape(()) for _, values in logged])
        hint = "Each step logs its own forward pass, without averaging and before the parameters change."
        expect.close(got, torch.tensor(expected, dtype=torch.float64), f"the logged {name}", hint, 1e-4)


def test_log_is_called_after_the_step(student, rng):
    _, _, log, wanted = train(student, rng)
    entries(log, 4)
    for seen, expected in zip(log.get("seen"), wanted.weights, strict=True):
        hint = "Log after optimizer.step(), once per episode, not at the end."
        expect.close(seen, expected[0], "the parameters at the time of the log", hint, 1e-4, 1e-5)


def test_episodes_are_taken_one_at_a_time(student, rng):
    _, source, log, _ = train(student, rng, n=6)
    entries(log, 6)
    expect.that(source.get("taken") == 6, "every episode should be taken")
    hint = "episodes may be endless: loop over it, do not make a list of it"
    ahead = source.get("ahead")
    expect.that(ahead <= 2, f"{ahead} episodes were taken before the first was logged; {hint}")


def test_model_is_trained_in_training_mode(student, rng):
    model, _, _, _ = train(student, rng)
    modes = model.get("modes")
    expect.that(len(modes) > 0, "the model was never called")
    expect.that(all(modes), "the model came in evaluation mode and was not put into training mode for every episode")


def test_model_is_called_once_per_episode(student, rng):
    model, _, _, _ = train(student, rng)
    calls = len(model.get("modes"))
    hint = "Loss and accuracy come from the same forward pass"
    expect.that(calls == 4, f"the model was called {calls} times for 4 episodes. {hint}")


def test_training_goes_on_where_it_stopped(student, rng):
    model = student.prop("EpisodeModel", 4, seed=2)
    episodes = [oracles.episode(3, 2, 4, (1, 2, 2), rng) for _ in range(4)]
    wanted = Reference(model.parameters(), episodes)
    optimizer = student.prop("SGD", model, lr=LR, momentum=MOMENTUM)
    for half in (episodes[:2], episodes[2:]):
        log = student.prop("Log")
        student.call("protonet.train_protonet", model, student.prop("Batches", half), optimizer, log)
        steps = [step for step, _ in entries(log, 2)]
        expect.that(steps == [0, 1], "each call of train_protonet should count its steps from 0")
    for got, expected in zip(model.parameters().values(), wanted.weights[-1], strict=True):
        hint = "Use the model and the optimizer that were given, as they are."
        expect.close(got, expected, "the parameters after two calls", hint, 1e-4, 1e-5)
