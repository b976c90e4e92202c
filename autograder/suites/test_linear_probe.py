"""Hidden suite of `linear_probe`: what freezing promises, and softmax regression followed step by step."""

from __future__ import annotations

from types import SimpleNamespace

import torch

from autograder.suites import expect
from autograder.suites import simclr_oracles as oracles

FREEZE = "linear_eval.freeze"
CLASSIFIER = "linear_eval.Classifier"
TRAIN = "linear_eval.train_classifier"
ACCURACY = "linear_eval.accuracy"
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
N_EPOCHS = 3
TRAIN_SIZES, VAL_SIZES = (40, 40, 15), (50, 20)


def small_encoder(student):
    """(B, 3, 2, 2) -> (B, 6): an encoder with batch normalisation and dropout."""
    layers = [("Flatten", ()), ("Linear", (12, 6)), ("BatchNorm1d", (6,)), ("ReLU", ()), ("Dropout", (0.5,))]
    return student.prop("Sequential", *[student.prop(kind, *sizes, seed=3) for kind, sizes in layers])


def samples(rng, sizes, dim=5, n_classes=3):
    """Batches of labelled rows."""
    return [(torch.randn(n, dim, generator=rng), torch.randint(n_classes, (n,), generator=rng)) for n in sizes]


def train(student, rng, lr=1.0):
    """Trains a linear classifier on unequal batches; returns what can be looked at, and the same by the oracle."""
    encoder, linear = student.prop("RecordingEncoder", 5, 5, seed=1), student.prop("Linear", 5, 3, seed=2)
    model = student.prop("Sequential", encoder, linear)
    weights = [encoder.parameters()["linear.weight"], *linear.parameters().values()]
    data, series, steps = telling(weights, rng, lr)
    batches = [student.prop("Batches", items) for items in data]
    log, optimizer = student.prop("Log", linear), student.prop("SGD", linear, lr=lr)
    history = student.call(TRAIN, model, *batches, optimizer, N_EPOCHS, log, seed=1).value
    expect.record(history, SERIES, "what train_classifier returns")
    return SimpleNamespace(linear=linear, encoder=encoder, log=log, history=history, series=series, steps=steps)


def telling(weights, rng, lr):
    """Draws data until every epoch has accuracies of its own and no sample is near a tie.

    Returns:
        The training and validation batches; the series and the weights of the training by the oracle, which trains the
        linear layer only.
    """
    while True:
        data = samples(rng, TRAIN_SIZES), samples(rng, VAL_SIZES)
        train, val = ([(rows.double() @ weights[0].double().T, labels) for rows, labels in batches] for batches in data)
        series, steps, lead = oracles.train_linear(weights[1], weights[2], train, val, N_EPOCHS, lr)
        if lead > 1e-4 and all(len(set(series[name])) == N_EPOCHS for name in ("train_accuracy", "val_accuracy")):
            return data, series, steps


def compare(run, name, hint):
    """Asserts one of the four series."""
    series = getattr(run.history, name)
    expect.that(
        isinstance(series, list) and len(series) == N_EPOCHS,
        f"{name} should be a list of one value for each of the {N_EPOCHS} epochs.",
    )
    expect.that(all(type(value) is float for value in series), f"{name} should hold Python floats.")
    expect.close(torch.tensor(series), torch.tensor(run.series[name]), name, hint, rtol=1e-3)


def test_freeze_turns_gradients_off(student):
    encoder = small_encoder(student)
    frozen = student.make(FREEZE, encoder)
    for what, module in (("the frozen encoder", frozen), ("the encoder that was given", encoder)):
        trained = [name for name, needed in module.requires_grad().items() if needed]
        hint = "requires_grad is False for all of them; no copy is made."
        expect.that(not trained, f"{what} still has parameters that ask for gradients. {hint}")


def test_frozen_encoder_is_in_evaluation_mode(student):
    encoder = small_encoder(student).train()
    frozen = student.make(FREEZE, encoder)
    on = [name for name, mode in {**frozen.modes(), **encoder.modes()}.items() if mode]
    expect.that(not on, "a part of the encoder is in training mode right after freeze. Call eval() on it.")


def test_frozen_encoder_stays_in_evaluation_mode(student):
    encoder = small_encoder(student)
    frozen = student.make(FREEZE, encoder)
    hint = "model.train() reaches every part of a model: the frozen module has to answer it with train(False)."
    on = [name for name, mode in frozen.train().modes().items() if mode]
    expect.that(not on, f"train() puts the frozen encoder into training mode. {hint}")
    probe = student.make(CLASSIFIER, frozen, 6, 4).train()
    expect.that(probe.modes()[""], "the classifier itself should still go into training mode.")
    on = [name for name, mode in encoder.modes().items() if mode]
    expect.that(not on, f"train() of a classifier puts its frozen encoder into training mode. {hint}")


def test_frozen_encoder_gives_fixed_features(student, rng):
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


def test_classifier_is_a_linear_layer_on_the_features(student, rng):
    encoder = student.prop("RecordingEncoder", 12, 7, seed=1)
    classifier, images = student.make(CLASSIFIER, encoder, 7, 4, seed=2), torch.randn(5, 3, 2, 2, generator=rng)
    logits = expect.shape(classifier(images).value, (5, 4), "the logits")
    found = {tuple(value.shape): value for value in classifier.parameters().values()}
    hint = "One linear layer with a bias on the features."
    expect.that(set(found) == {(7, 12), (4, 7), (4,)}, f"the parameters have the shapes {sorted(found)}. {hint}")
    features = oracles.linear(found[7, 12], torch.zeros(7), images.flatten(1))
    hint = "The logits are the scores themselves: no softmax, no ReLU, no normalisation."
    expect.close(logits, oracles.linear(found[4, 7], found[4,], features), "the output of the classifier", hint)


def test_classifier_by_default_maps_512_features_to_10_classes(student):
    layer = student.make(CLASSIFIER, student.prop("Identity")).parameters()
    shapes = sorted(tuple(value.shape) for value in layer.values())
    expect.that(
        shapes == [(10,), (10, 512)],
        f"on an encoder without parameters the shapes should be those of 512 -> 10, got {shapes}.",
    )


def test_probe_trains_the_linear_layer_only_and_the_baseline_everything(student, rng):
    images = torch.randn(6, 3, 2, 2, generator=rng)
    weights = torch.randn(6, 4, generator=rng)
    probe = student.make(CLASSIFIER, student.make(FREEZE, small_encoder(student)), 6, 4).train()
    reply = probe(images, grad=True, cotangent=weights)
    shapes = sorted(tuple(slope.shape) for slope in reply.parameter_grads.values() if slope is not None)
    expect.that(shapes == [(4,), (4, 6)], "in the probe, gradients should reach the linear layer and nothing else.")
    baseline = student.make(CLASSIFIER, small_encoder(student), 6, 4).train()
    slopes = baseline(images, grad=True, cotangent=weights).parameter_grads
    missing = [name for name, slope in slopes.items() if slope is None]
    expect.that(
        not missing, "in the baseline, gradients should reach the encoder, too. The classifier freezes nothing."
    )


def test_epochs_alternate_training_and_validation(student, rng):
    run = train(student, rng)
    calls = run.encoder.get("batches")
    epoch = [(size, True) for size in TRAIN_SIZES] + [(size, False) for size in VAL_SIZES]
    sizes = [size for size, _ in calls] == [size for size, _ in epoch] * N_EPOCHS
    hint = "An epoch is the training batches once, then the validation batches once."
    expect.that(sizes, f"the model does not see the batches in the order of an epoch, {N_EPOCHS} times. {hint}")
    hint = "Training mode for training, evaluation mode for validation, in every epoch anew."
    expect.that(calls == epoch * N_EPOCHS, f"the model is in the wrong mode. {hint}")
    with_gradients = [on for on, (_, mode) in zip(run.encoder.get("grad_modes"), calls, strict=True) if not mode]
    expect.that(not any(with_gradients), "validation records gradients. Use torch.no_grad().")


def test_steps_go_down_the_gradient(student, rng):
    run = train(student, rng)
    hint = "For every training batch: the mean cross-entropy, clear the gradients, backward, one step of the optimiser."
    wanted = run.steps[-1]
    expect.close(run.linear.parameters()["weight"], wanted, "the weight after three epochs", hint, rtol=1e-3)


def test_training_loss_is_the_mean_over_samples(student, rng):
    hint = "Cross-entropy, weighted by the size of each batch, as the samples were seen: before the batch's step."
    compare(train(student, rng), "train_loss", hint)


def test_training_accuracy_is_a_fraction_of_samples(student, rng):
    compare(
        train(student, rng), "train_accuracy", "Right samples over all samples, in [0, 1], before the batch's step."
    )


def test_validation_loss_is_measured_after_the_epoch(student, rng):
    hint = "The mean over all validation samples, after the epoch's training; validation does not train."
    compare(train(student, rng), "val_loss", hint)


def test_validation_accuracy_is_measured_after_the_epoch(student, rng):
    hint = "Right samples over all validation samples, in [0, 1], after the epoch's training."
    compare(train(student, rng), "val_accuracy", hint)


def test_log_gets_what_the_history_holds(student, rng):
    run = train(student, rng)
    entries = run.log.get("entries")
    epochs = [epoch for epoch, _ in entries]
    expect.that(epochs == [0, 1, 2], f"log should be called once per epoch with 0, 1, 2, got {epochs}.")
    for epoch, values in entries:
        expect.that(set(SERIES) <= set(values), f"log should be given {', '.join(SERIES)}.")
        floats = all(type(values[name]) is float for name in SERIES)
        expect.that(floats, "log should be given Python floats.")
        same = all(values[name] == getattr(run.history, name)[epoch] for name in SERIES)
        expect.that(same, f"the history differs from what was logged for epoch {epoch}.")
    expect.close(run.log.get("seen")[0], run.steps[0], "the weight when epoch 0 was logged", rtol=1e-3)


def test_accuracy_counts_samples(student, rng):
    batches = []
    for predictions, n_right in (([3, 0, 1, 2, 3, 0, 1], 5), ([1, 2, 3, 0], 4), ([2, 1], 0), ([3], 0)):
        chosen = torch.tensor(predictions)
        scores = 2 * torch.nn.functional.one_hot(chosen, 4) + torch.rand(len(chosen), 4, generator=rng)
        batches.append((scores, torch.where(torch.arange(len(chosen)) < n_right, chosen, (chosen + 1) % 4)))
    value = student.call(ACCURACY, student.prop("Identity"), student.prop("Batches", batches)).value
    expect.that(type(value) is float, f"accuracy should return a Python float, got {type(value).__name__}.")
    hint = (
        "A sample is right if the argmax over its scores is its label; right samples over all samples, a fraction in "
        "[0, 1]: batches may have unequal sizes."
    )
    expect.number(value, 9 / 14, "the accuracy", hint)


def test_accuracy_is_measured_in_evaluation_mode_without_gradients(student, rng):
    model = student.prop("RecordingEncoder", 4, 4).train()
    value = student.call(ACCURACY, model, student.prop("Batches", samples(rng, (3, 2), dim=4, n_classes=4))).value
    expect.that(type(value) is float, f"accuracy should return a Python float, got {type(value).__name__}.")
    calls = model.get("batches")
    expect.that([size for size, _ in calls] == [3, 2], "every batch should go through the model once.")
    expect.that(
        not any(mode for _, mode in calls), "the accuracy is measured in training mode. Call model.eval() first."
    )
    expect.that(not any(model.get("grad_modes")), "the accuracy records gradients. Use torch.no_grad().")


def test_accuracy_restores_the_mode(student, rng):
    for mode in (True, False):
        model = student.prop("Sequential", student.prop("Identity"), student.prop("Dropout", 0.0)).train(mode)
        value = student.call(ACCURACY, model, student.prop("Batches", samples(rng, (3, 2), dim=4, n_classes=4))).value
        expect.that(type(value) is float, f"accuracy should return a Python float, got {type(value).__name__}.")
        came, left = ("training", "evaluation") if mode else ("evaluation", "training")
        kept = all(after == mode for after in model.modes().values())
        expect.that(kept, f"a model that came in {came} mode is left in {left} mode. Put it back as it was.")


def test_accuracy_leaves_statistics_alone(student, rng):
    model = student.prop("BatchNorm1d", 4).train()
    before = model.state()
    value = student.call(ACCURACY, model, student.prop("Batches", samples(rng, (3, 2), dim=4, n_classes=4))).value
    expect.that(type(value) is float, f"the accuracy should be a Python float, got {type(value).__name__}.")
    changed = [name for name, value in model.state().items() if not torch.equal(value, before[name])]
    expect.that(not changed, "measuring the accuracy changed the statistics of a batch normalisation.")
