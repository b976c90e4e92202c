"""Hidden suite of `linear_probe`: what freezing promises, and softmax regression followed step by step."""

from __future__ import annotations

import functools
import math
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F

from autograder.suites import expect
from autograder.suites import simclr_oracles as oracles

FREEZE = "linear_eval.freeze"
CLASSIFIER = "linear_eval.Classifier"
TRAIN = "linear_eval.train_classifier"
ACCURACY = "linear_eval.accuracy"
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
N_EPOCHS = 3
TRAIN_SIZES, VAL_SIZES = (12, 8, 5), (14, 6)
LR = 0.7


# freeze ---------------------------------------------------------------------------------------------------------------


def small_encoder(student):
    """(B, 3, 2, 2) -> (B, 6): an encoder with batch normalisation and dropout."""
    layers = [("Flatten", ()), ("Linear", (12, 6)), ("BatchNorm1d", (6,)), ("ReLU", ()), ("Dropout", (0.5,))]
    return student.prop("Sequential", *[student.prop(kind, *sizes, seed=3) for kind, sizes in layers])


def test_freeze_turns_gradients_off(student):
    """Every parameter in it has `requires_grad` False"""
    encoder = small_encoder(student)
    frozen = student.make(FREEZE, encoder)
    for what, module in (("the frozen encoder", frozen), ("the encoder that was given", encoder)):
        needed = list(module.requires_grad().values())
        hint = "requires_grad is False for all of them; no copy is made."
        count = f"{sum(needed)} of the {len(needed)} parameters of {what}"
        expect.that(not any(needed), f"{count} still require gradients. {hint}")


def test_frozen_encoder_is_in_evaluation_mode(student):
    """`encoder` and all its parts are in evaluation mode"""
    encoder = small_encoder(student).train()
    student.make(FREEZE, encoder)
    on = [name for name, mode in encoder.modes().items() if mode]
    expect.that(not on, "a part of the encoder is in training mode right after freeze. Call eval() on it.")


def test_frozen_encoder_stays_in_evaluation_mode(student):
    """and stay there, also after `train()` of the module that is returned, or of a model that contains it."""
    encoder = small_encoder(student)
    frozen = student.make(FREEZE, encoder)
    hint = "model.train() reaches every part of a model: the frozen one has to respond with train(False)."
    frozen.train()
    on = [name for name, mode in encoder.modes().items() if mode]
    expect.that(not on, f"train() puts the frozen encoder into training mode. {hint}")
    student.make(CLASSIFIER, frozen, 6, 4).train()
    on = [name for name, mode in encoder.modes().items() if mode]
    expect.that(not on, f"train() of a classifier puts its frozen encoder into training mode. {hint}")


def test_frozen_encoder_gives_fixed_features(student, rng):
    """A module that maps images to the features that `encoder` gives in evaluation mode."""
    encoder, images = small_encoder(student), torch.randn(7, 3, 2, 2, generator=rng)
    encoder.train()(images)  # statistics that are not those of a fresh layer
    wanted = encoder.eval()(images).value
    state = encoder.state()
    frozen = student.make(FREEZE, encoder).train()
    hint = "The features are those of the encoder in evaluation mode."
    expect.close(frozen(images).value, wanted, "what a frozen encoder gives", hint)
    expect.close(frozen(images[:1]).value, wanted[:1], "what it gives for a single image", hint)
    changed = [name for name, value in encoder.state().items() if not torch.equal(value, state[name])]
    expect.that(not changed, "a forward pass changed the statistics of the frozen encoder.")


# Classifier -----------------------------------------------------------------------------------------------------------


def check_scores(student, rng, n_images, feature_dim, n_classes):
    """Asserts that a classifier is one linear layer on its features."""
    weight = torch.randn(feature_dim, 12, generator=rng)
    encoder = student.prop("RecordingEncoder", 12, feature_dim)
    encoder.load({"linear.weight": weight})
    images = torch.randn(n_images, 3, 2, 2, generator=rng)
    classifier = student.make(CLASSIFIER, encoder, feature_dim, n_classes, seed=2)
    logits = expect.shape(classifier(images).value, (n_images, n_classes), "the logits")
    found = [value for value in classifier.parameters().values() if not torch.equal(value, weight)]
    shapes = sorted(tuple(value.shape) for value in found)
    hint = "One linear layer with a bias on the features, beside the parameters of the encoder."
    expect.that(
        shapes == sorted([(n_classes,), (n_classes, feature_dim)]), f"the parameters have the shapes {shapes}. {hint}"
    )
    bias, linear = sorted(found, key=lambda value: value.dim())
    features = oracles.linear(weight, torch.zeros(feature_dim), images.flatten(1))
    hint = "The logits are the scores themselves: no softmax, no ReLU, no normalisation."
    expect.close(logits, oracles.linear(linear, bias, features), "the output of the classifier", hint, atol=1e-4)
    encoder_is_in = len(found) < len(classifier.parameters())
    expect.that(encoder_is_in, "the parameters of the encoder are not among those of the classifier. Register it.")


def test_classifier_is_a_linear_layer_on_the_features(student, rng):
    """One `nn.Linear` with a bias, and nothing between it and the features."""
    check_scores(student, rng, 5, 7, 4)


def test_classifier_scores_a_single_image(student, rng):
    """Scores every class: (B, …) -> (B, n_classes), the logits (no softmax). B may be 1."""
    check_scores(student, rng, 1, 7, 4)
    check_scores(student, rng, 3, 1, 1)


def test_classifier_by_default_maps_512_features_to_10_classes(student, rng):
    """the length of a feature vector; 512 for ResNet-18."""
    layer, h = student.make(CLASSIFIER, student.prop("Identity")), torch.randn(2, 512, generator=rng)
    logits = expect.shape(layer(h).value, (2, 10), "the logits by default")
    shapes = sorted(layer.shapes().values())
    expect.that(shapes == [(10,), (10, 512)], f"the shapes should be those of 512 -> 10, got {shapes}.")
    bias, weight = sorted(layer.parameters().values(), key=lambda value: value.dim())
    expect.close(logits, oracles.linear(weight, bias, h), "the logits by default", "512 features, 10 classes.")


def test_classifier_goes_into_training_mode(student, rng):
    """`probe.training` is True"""
    probe = student.make(CLASSIFIER, student.make(FREEZE, small_encoder(student)), 6, 4)
    expect.shape(probe.eval()(torch.randn(2, 3, 2, 2, generator=rng), grad=True).value, (2, 4), "the logits")
    expect.that(any(slope is not None for slope in probe.grads().values()), "the scores carry no gradients.")
    expect.that(probe.train().modes()[""], "the classifier itself should still go into training mode.")


def test_probe_trains_the_linear_layer_only(student, rng):
    """only the weight and the bias of the linear layer require gradients."""
    images, weights = torch.randn(6, 3, 2, 2, generator=rng), torch.randn(6, 4, generator=rng)
    probe = student.make(CLASSIFIER, student.make(FREEZE, small_encoder(student)), 6, 4).train()
    reply = probe(images, grad=True, cotangent=weights)
    shapes = sorted(tuple(slope.shape) for slope in reply.parameter_grads.values() if slope is not None)
    expect.that(shapes == [(4,), (4, 6)], "in the probe, gradients should reach the linear layer and nothing else.")


def test_baseline_trains_everything(student, rng):
    """The classifier itself freezes nothing: in the baseline, gradients reach the encoder as well."""
    images, weights = torch.randn(6, 3, 2, 2, generator=rng), torch.randn(6, 4, generator=rng)
    baseline = student.make(CLASSIFIER, small_encoder(student), 6, 4).train()
    slopes = baseline(images, grad=True, cotangent=weights).parameter_grads
    reached = sorted(tuple(slope.shape) for slope in slopes.values() if slope is not None)
    wanted = sorted([(6, 12), (6,), (6,), (6,), (4, 6), (4,)])
    hint = "The classifier freezes nothing."
    expect.that(reached == wanted, f"in the baseline, gradients should reach the encoder, too. {hint}")


# train_classifier -----------------------------------------------------------------------------------------------------


def train(student, rng, n_epochs=N_EPOCHS, old_gradients=False):
    """Trains a linear classifier on unequal batches; returns what can be looked at, and the same by the oracle."""
    weights, data, series, steps = telling(rng)
    before = torch.randn(4, 5, generator=rng) if old_gradients else None
    run = trained(student, weights, data, n_epochs, LR, before)
    return SimpleNamespace(**vars(run), start=weights[1], series=series, steps=steps)


def trained(student, weights, data, n_epochs, lr, old_gradients=None):
    """Trains a linear layer on a fixed encoder; `old_gradients` are features whose gradients are there before."""
    encoder = student.prop("RecordingEncoder", *weights[0].T.shape)
    linear = student.prop("Linear", *weights[1].T.shape)
    encoder.load({"linear.weight": weights[0]})
    linear.load({"weight": weights[1], "bias": weights[2]})
    if old_gradients is not None:
        linear(old_gradients, grad=True)
    model, log = student.prop("Sequential", encoder, linear), student.prop("Log", linear)
    batches = [student.prop("Batches", items) for items in data]
    optimizer = student.prop("SGD", linear, lr=lr)
    history = student.call(TRAIN, model, *batches, optimizer, n_epochs, log, seed=1).value
    return SimpleNamespace(linear=linear, encoder=encoder, log=log, history=history, n_epochs=n_epochs)


def telling(rng):
    """Draws weights and data near fixed ones, for which the last epoch is never the best.

    In validation the first is, and every accuracy is another one.

    Returns:
        The weights of encoder and linear layer and its bias; the training and validation batches; the series and the
        weights of the training by the oracle, which trains the linear layer only.
    """
    for _ in range(20):  # once in hundreds of times the first will not do: a sample is near a tie
        weights, data = near_fixed(rng)
        train, val = ([(oracles.linear(weights[0], torch.zeros(5), rows), y) for rows, y in part] for part in data)
        series, steps, lead = oracles.train_linear(weights[1], weights[2], train, val, N_EPOCHS, LR)
        falls = all(min(series[name]) < series[name][-1] for name in ("train_loss", "val_loss"))
        falls &= all(max(series[name]) > series[name][-1] for name in ("train_accuracy", "val_accuracy"))
        first = (
            min(series["val_loss"]) == series["val_loss"][0]
            and max(series["val_accuracy"]) == series["val_accuracy"][0]
        )
        distinct = all(len(set(series[name])) == N_EPOCHS for name in SERIES)
        if lead > 1e-3 and falls and first and distinct:
            break
    return weights, data, series, steps


def near_fixed(rng):
    """Weights and labelled rows that differ from one seed to the next by a thousandth, so that no verdict does."""
    fixed = torch.Generator().manual_seed(662)  # found by search

    def near(*shape):
        return torch.randn(*shape, generator=fixed) + 0.001 * torch.randn(*shape, generator=rng)

    weights = near(5, 5), near(3, 5), near(3)
    parts = (TRAIN_SIZES, VAL_SIZES)
    return weights, [[(near(n, 5), torch.randint(3, (n,), generator=fixed)) for n in sizes] for sizes in parts]


def numbers(run, name):
    """A series as floats, whatever their type: from what was returned, or else logged; None if there is none."""
    history = run.history
    values: Any = None
    if isinstance(history, dict):
        values = history.get(name)
    elif isinstance(history, list | tuple) and len(history) == len(SERIES):
        values = history[SERIES.index(name)]
    elif isinstance(history, expect.Record):
        values = getattr(history, name, None)
    is_series = isinstance(values, list | tuple) and len(values) == run.n_epochs
    if is_series and all(_is_number(value) for value in values):
        return [float(value) for value in values]
    logged = [values.get(name) for _, values in run.log.get("numbers")[: run.n_epochs + 1]]
    return logged if len(logged) == run.n_epochs and None not in logged else None


def _is_number(value):
    return isinstance(value, float) or _is_scalar(value) or (isinstance(value, int) and value in (0, 1))


def _is_scalar(value):
    return isinstance(value, torch.Tensor) and value.numel() == 1 and value.is_floating_point()


def compare(run, name, hint):
    """Asserts one of the four series."""
    series = numbers(run, name)
    expect.that(series is not None, f"{name} should hold a number for each of the {run.n_epochs} epochs.")
    expect.close(torch.tensor(series), torch.tensor(run.series[name]), name, hint, rtol=1e-3)


def assert_learns(student, rng):
    """Asserts that an epoch of tiny steps moves the weight down the gradient, or gives a right number."""
    weights, data = near_fixed(rng)
    seen, held_out = ([(oracles.linear(weights[0], torch.zeros(5), x), y) for x, y in part] for part in data)
    series, steps, _ = oracles.train_linear(weights[1], weights[2], seen, held_out, 1, 1e-3)
    run = trained(student, weights, data, 1, 1e-3)
    way, wanted = (end.double() - weights[1] for end in (run.linear.parameters()["weight"], steps[0]))
    along = F.cosine_similarity(way.flatten(), wanted.flatten(), dim=0).item() > 0.5
    found = [(numbers(run, name) or [math.nan], series[name]) for name in SERIES]
    right = any(math.isclose(got[0], expected[0], rel_tol=0.01) for got, expected in found)
    expect.that(along or right, "the classifier learns nothing: its weight does not move down the gradient.")


def test_epochs_alternate_training_and_validation(student, rng):
    """An epoch iterates over the training batches once, in training mode, with one optimiser step for each; then over
    the validation batches once, in evaluation mode"""
    run = train(student, rng)
    calls = run.encoder.get("batches")
    epoch = [(size, True) for size in TRAIN_SIZES] + [(size, False) for size in VAL_SIZES]
    sizes = [size for size, _ in calls] == [size for size, _ in epoch] * N_EPOCHS
    hint = "An epoch is the training batches once, then the validation batches once."
    expect.that(sizes, f"the model does not see the batches in the order of an epoch, {N_EPOCHS} times. {hint}")
    hint = "Training mode for training, evaluation mode for validation, anew in every epoch."
    training = [mode for size, mode in calls if size in TRAIN_SIZES]
    expect.that(all(training), f"the model is in evaluation mode while it is trained. {hint}")
    expect.that(calls == epoch * N_EPOCHS, f"the model is in training mode while it is validated. {hint}")
    assert_learns(student, rng)


def test_validation_records_no_gradients(student, rng):
    """then over the validation batches once, in evaluation mode and without gradients."""
    run = train(student, rng)
    calls = run.encoder.get("batches")
    modes = [on for on, (size, _) in zip(run.encoder.get("grad_modes"), calls, strict=True) if size in VAL_SIZES]
    expect.that(bool(modes) and not any(modes), "validation records gradients. Use torch.no_grad().")
    assert_learns(student, rng)


def test_steps_go_down_the_gradient(student, rng):
    """A step goes down the gradient of its own batch's mean cross-entropy"""
    check_steps(train(student, rng, n_epochs=1), "the mean cross-entropy, clear the gradients, backward, one step.")


def test_gradients_from_before_the_call_do_not_count(student, rng):
    """gradients that are left from before, even from before the call, do not count."""
    run = train(student, rng, n_epochs=1, old_gradients=True)
    check_steps(run, "clear the gradients before backward: some may be left from before the call.")


def check_steps(run, hint):
    """Asserts the weight after one epoch."""
    weight = run.linear.parameters()["weight"]
    expect.close(
        weight, run.steps[0], "the weight after an epoch", f"For every training batch: {hint}", rtol=1e-3, atol=1e-4
    )


def test_the_model_keeps_the_weights_of_the_last_epoch(student, rng):
    """The model keeps the weights of the last epoch, whether or not it was the best."""
    run = train(student, rng)
    weight = run.linear.parameters()["weight"]
    hint = "The optimizer takes every step as it is; the model ends as the last epoch leaves it, best or not."
    expect.close(weight, run.steps[-1], "the weight after three epochs", hint, rtol=2e-3, atol=1e-3)


def test_training_loss_is_the_mean_over_samples(student, rng):
    """mean cross-entropy over the epoch's training samples, as they were seen: before the batch's step."""
    hint = "Cross-entropy, weighted by the size of each batch, as the samples were seen: before the batch's step."
    compare(train(student, rng), "train_loss", hint)


def test_training_accuracy_is_a_fraction_of_samples(student, rng):
    """fraction in [0, 1] of them classified correctly, as they were seen."""
    compare(
        train(student, rng),
        "train_accuracy",
        "Correct predictions over all samples, in [0, 1], before the batch's step.",
    )


def test_validation_loss_is_measured_after_the_epoch(student, rng):
    """mean cross-entropy over all validation samples after the epoch."""
    hint = "The mean over all validation samples, after the epoch's training; validation does not train."
    compare(train(student, rng), "val_loss", hint)


def test_validation_accuracy_is_measured_after_the_epoch(student, rng):
    """fraction in [0, 1] of them classified correctly after the epoch."""
    hint = "Correct predictions over all validation samples, in [0, 1], after the epoch's training."
    compare(train(student, rng), "val_accuracy", hint)


def test_batches_of_one_sample(student, rng):
    """the last batch may be smaller, and a batch may hold a single sample."""
    for n_features, n_classes in ((5, 3), (1, 2)):
        weights = [
            torch.randn(*shape, generator=rng) for shape in ((n_features,) * 2, (n_classes, n_features), (n_classes,))
        ]
        sizes = (2, 1), (1, 2)
        data = [
            [(torch.randn(n, n_features, generator=rng), torch.randint(n_classes, (n,), generator=rng)) for n in part]
            for part in sizes
        ]
        encode = functools.partial(oracles.linear, weights[0], torch.zeros(n_features))
        seen, held_out = ([(encode(x), y) for x, y in part] for part in data)
        series, steps, _ = oracles.train_linear(weights[1], weights[2], seen, held_out, 1, 0.5)
        run = trained(student, weights, data, 1, 0.5)
        run.series = series
        for name in ("train_loss", "val_loss"):
            compare(run, name, "Keep the dimension of the batch: squeeze() drops it for a single sample.")
        weight = run.linear.parameters()["weight"]
        expect.close(weight, steps[0], "the weight after an epoch with batches of one sample", rtol=1e-3, atol=1e-4)


def test_returns_a_history_of_floats(student, rng):
    """A `History` of the values that were logged: four lists of n_epochs Python floats."""
    run = train(student, rng)
    history = expect.record(run.history, SERIES, "what train_classifier returns")
    for name in SERIES:
        series = getattr(history, name)
        is_list = isinstance(series, list) and len(series) == N_EPOCHS
        expect.that(is_list, f"{name} should be a list of one value for each of the {N_EPOCHS} epochs.")
        expect.that(all(isinstance(value, float) for value in series), f"{name} should hold Python floats.")
    assert_learns(student, rng)


def test_log_gets_python_floats(student, rng):
    """with the epoch counted from 0 and Python floats."""
    run = train(student, rng)
    assert_learns(student, rng)
    entries = run.log.get("entries")
    for _, values in entries:
        floats = all(isinstance(value, float) for name, value in values.items() if name in SERIES)
        expect.that(floats, "log should be given Python floats.")
    expect.that(bool(entries), "log was not called.")


def test_log_counts_epochs_from_0(student, rng):
    """called once per epoch, after its validation"""
    run = train(student, rng)
    epochs = [epoch for epoch, _ in run.log.get("entries")]
    expect.that(epochs == [0, 1, 2], f"log should be called once per epoch with 0, 1, 2, got {epochs}"[:200] + ".")
    assert_learns(student, rng)


def test_log_is_called_after_each_epoch(student, rng):
    """called once per epoch, after its validation"""
    run = train(student, rng)
    seen = run.log.get("seen")
    expect.that(bool(seen), "log was not called.")
    early = "the model was still untrained when the first epoch was logged. Log once per epoch, after its validation."
    expect.that(not torch.equal(seen[0], run.start), early)
    late = (
        "the model was trained to the end before the first epoch was logged. Log once per epoch, after its validation."
    )
    expect.that(not torch.equal(seen[0], run.linear.parameters()["weight"]), late)
    assert_learns(student, rng)


def test_log_gets_what_the_history_holds(student, rng):
    """A `History` of the values that were logged"""
    run = train(student, rng)
    assert_learns(student, rng)
    logged = [values for _, values in run.log.get("numbers")]
    expect.that(bool(logged), "log was not called.")
    held = {name: numbers(run, name) for name in SERIES}
    for name in SERIES:
        expect.that(all(name in values for values in logged), f"log should be given {', '.join(SERIES)}.")
        told = [values[name] for values in logged]
        kept = held[name]
        same = kept is not None and len(told) == N_EPOCHS and torch.allclose(torch.tensor(told), torch.tensor(kept))
        expect.that(same, f"{name} of the history differs from what was logged.")


# accuracy -------------------------------------------------------------------------------------------------------------


def scored(rng, *batches):
    """Batches of (scores, labels) with so many samples, the first so many of them right."""
    found = []
    for n, n_right in batches:
        chosen = torch.arange(n) % 4
        highest, lowest = F.one_hot(chosen, 4), F.one_hot((chosen + 2) % 4, 4)
        scores = (1 + 0.1 * torch.arange(n))[:, None] * (highest - lowest) + 0.01 * torch.rand(n, 4, generator=rng)
        found.append((scores, torch.where(torch.arange(n) < n_right, chosen, (chosen + 1) % 4)))
    return found


def measured(student, model, batches, expected):
    """The accuracy of a model, as it was returned; asserts the number, not its type."""
    value = student.call(ACCURACY, model, student.prop("Batches", batches)).value
    hint = (
        "A sample is correct if the argmax of its scores is its label; correct samples over all samples, a fraction in "
        "[0, 1]: batches may have unequal sizes."
    )
    number = value.double().reshape(()) if _is_scalar(value) else value
    expect.number(number, expected, "the accuracy", hint)
    return value


def test_accuracy_counts_samples(student, rng):
    """correct samples over all samples, whatever the sizes of the batches."""
    measured(student, student.prop("Identity"), scored(rng, (7, 5), (4, 4), (2, 0), (1, 0)), 9 / 14)


def test_accuracy_of_single_samples_and_a_single_class(student, rng):
    """at least one sample; there may be a single class."""
    measured(student, student.prop("Identity"), scored(rng, (1, 1), (1, 0), (1, 1)), 2 / 3)
    rows = torch.tensor([[0.1], [0.3], [0.2]]) + 0.01 * torch.rand(3, 1, generator=rng)
    measured(student, student.prop("Identity"), [(rows, torch.zeros(3, dtype=torch.int64))], 1.0)


def test_accuracy_is_a_python_float(student, rng):
    """A Python float in [0, 1]"""
    value = measured(student, student.prop("Identity"), scored(rng, (4, 1), (3, 2)), 3 / 7)
    expect.that(isinstance(value, float), f"accuracy should return a Python float, got {type(value).__name__}.")


def test_accuracy_is_measured_in_evaluation_mode(student, rng):
    """In evaluation mode and without gradients"""
    model = recorder(student)
    measured(student, model, scored(rng, (3, 2), (2, 0)), 2 / 5)
    calls = model.get("batches")
    expect.that([size for size, _ in calls] == [3, 2], "every batch should go through the model once.")
    expect.that(
        not any(mode for _, mode in calls), "the accuracy is measured in training mode. Call model.eval() first."
    )


def test_accuracy_records_no_gradients(student, rng):
    """In evaluation mode and without gradients"""
    model = recorder(student)
    measured(student, model, scored(rng, (3, 1), (2, 0)), 1 / 5)
    modes = model.get("grad_modes")
    expect.that(bool(modes) and not any(modes), "the accuracy records gradients. Use torch.no_grad().")


def recorder(student):
    """A model in training mode that gives what it gets, and notes its calls."""
    model = student.prop("RecordingEncoder", 4, 4).train()
    model.load({"linear.weight": torch.eye(4)})
    return model


def test_accuracy_restores_the_mode(student, rng):
    """afterwards the model is back in the mode that it was in."""
    for mode in (True, False):
        model = student.prop("Sequential", student.prop("Identity"), student.prop("Dropout", 0.0)).train(mode)
        measured(student, model, scored(rng, (4, 2), (2, 2)), 4 / 6)
        came, left = ("training", "evaluation") if mode else ("evaluation", "training")
        kept = all(after == mode for after in model.modes().values())
        expect.that(kept, f"a model that was in {came} mode is left in {left} mode. Leave the mode as it was.")


def test_accuracy_leaves_statistics_alone(student, rng):
    """In evaluation mode and without gradients; afterwards the model is back in the mode that it was in."""
    model = student.prop("BatchNorm1d", 4).train()
    before = model.state()
    student.call(ACCURACY, model, student.prop("Batches", scored(rng, (5, 2), (2, 1))))
    measured(student, model.eval(), scored(rng, (5, 2), (2, 1)), 3 / 7)
    changed = [name for name, value in model.state().items() if not torch.equal(value, before[name])]
    expect.that(not changed, "measuring the accuracy changed the statistics of a batch normalisation.")
