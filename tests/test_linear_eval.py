"""What stages/linear_eval.py should do: freezing, the classifier, its training and its accuracy."""

from __future__ import annotations

import math

import expect
import pytest
import torch
import torch.nn.functional as F
from stages import linear_eval
from torch import nn
from toys import Descent, random

pytestmark = pytest.mark.stage("linear_probe")
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")


def small_encoder():
    """(B, 4) -> (B, 3), with batch normalisation and dropout: it behaves differently in training mode."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))


# freeze, Classifier ---------------------------------------------------------------------------------------------------


def test_frozen_parameters_require_no_gradients():
    encoder = small_encoder()
    frozen = linear_eval.freeze(encoder)
    for what, module in (("the frozen encoder", frozen), ("the encoder that was given", encoder)):
        required = [name for name, parameter in module.named_parameters() if parameter.requires_grad]
        hint = "requires_grad is False for all of them; no copy is made."
        expect.equal(required, [], f"the parameters that require gradients in {what}", hint)


def test_frozen_encoder_stays_in_evaluation_mode():
    encoder = small_encoder().train()
    probe = linear_eval.Classifier(linear_eval.freeze(encoder), 3, 5)
    every_part = "model.train() reaches every part of a model: the frozen one has to respond with train(False)."
    for moment, hint in (("after freeze", "Call eval() on it."), ("after probe.train()", every_part)):
        training = [name or "itself" for name, module in encoder.named_modules() if module.training]
        expect.equal(training, [], f"the parts of the encoder in training mode {moment}", hint)
        probe.train()
    expect.that(probe.training, "the classifier itself should still go into training mode")


def test_frozen_features_do_not_depend_on_the_batch():
    encoder, images = small_encoder(), random(6, 4)
    expected = encoder.eval()(images).detach()
    frozen = linear_eval.freeze(encoder).train()
    hint = "As in evaluation mode: batch normalisation uses its running statistics, dropout drops nothing."
    expect.close(frozen(images).detach(), expected, "the features after train()", hint)
    expect.close(encoder[1].running_mean, torch.zeros(3), "the running mean afterwards", "Freeze these, too.")


def test_classifier_is_one_linear_layer_on_the_encoder():
    encoder = nn.Flatten()
    classifier = linear_eval.Classifier(encoder, feature_dim=6, n_classes=4)
    parameters = {tuple(parameter.shape): parameter for parameter in classifier.parameters()}
    expect.equal(sorted(parameters), [(4,), (4, 6)], "the shapes of its parameters", "One linear layer with a bias.")
    images = random(5, 2, 3)
    expected = images.flatten(1) @ parameters[4, 6].T + parameters[4,]
    expect.close(classifier(images), expected.detach(), "the logits", "No softmax, no ReLU, no normalisation.")
    single = classifier(images[:1]).detach()
    expect.close(single, expected[:1].detach(), "the logits of a single image", "Keep the dimension of the batch.")


def test_classifier_by_default_maps_512_features_to_10_classes():
    classifier, h = linear_eval.Classifier(nn.Identity()), random(2, 512)
    parameters = {tuple(parameter.shape): parameter for parameter in classifier.parameters()}
    expect.equal(sorted(parameters), [(10,), (10, 512)], "the shapes of its parameters", "512 features, 10 classes.")
    expect.close(classifier(h), (h @ parameters[10, 512].T + parameters[10,]).detach(), "the logits")


def test_gradients_reach_the_baseline_but_not_the_probe():
    for frozen, wanted in ((True, 2), (False, 6)):
        encoder = small_encoder()
        model = linear_eval.Classifier(linear_eval.freeze(encoder) if frozen else encoder, 3, 5).train()
        model(random(8, 4)).square().sum().backward()
        count = sum(parameter.grad is not None for parameter in model.parameters())
        if frozen:
            hint = "These are the weight and the bias of the linear layer; no other parameter of a probe is trained."
            expect.equal(count, wanted, "the number of parameters of the probe with a gradient", hint)
        else:
            hint = "Those of the encoder are not among those of the classifier. Register it."
            expect.equal(len(list(model.parameters())), wanted, "the number of parameters of the baseline", hint)
            hint = "The baseline trains its encoder as well: the classifier freezes nothing."
            expect.equal(count, wanted, "the number of parameters of the baseline with a gradient", hint)


# train_classifier -----------------------------------------------------------------------------------------------------


class Watched(nn.Module):
    """A linear classifier of two classes that starts at 0 and notes (samples, training mode, gradients on) of calls."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 3))
        self.calls = []

    def forward(self, rows):
        self.calls.append((len(rows), self.training, torch.is_grad_enabled()))
        return rows @ self.weight.T


TRAIN = [(random(3, 3, seed=1), torch.tensor([0, 1, 1])), (random(1, 3, seed=2), torch.tensor([0]))]
VAL = [(random(1, 3, seed=3), torch.tensor([0])), (random(4, 3, seed=4), torch.tensor([1, 1, 0, 1]))]
OPPOSITE = [(rows, 1 - labels) for rows, labels in TRAIN]  # the more is learned, the worse it gets


def train(n_epochs, lr=0.5, val=VAL, old_gradients=False):
    """Trains a Watched; returns it, the history and what was logged."""
    model, entries = Watched(), []
    if old_gradients:
        model.weight.grad = torch.ones(2, 3)
    history = linear_eval.train_classifier(
        model,
        TRAIN,
        val,
        Descent(model.parameters(), lr),
        n_epochs,
        lambda epoch, values: entries.append((epoch, values, model.weight.detach().clone())),
    )
    return model, history, entries


def number(name, epoch, history, entries):
    """A value as a number, whatever its type: from the history, or else from the log."""
    series = getattr(history, name, ())
    there = isinstance(series, list) and len(series) == len({counted for counted, _, _ in entries})
    values = series if there else [logged.get(name, math.nan) for _, logged, _ in entries]
    expect.that(epoch < len(values), f"{name} should have a value for epoch {epoch}, got {values}")
    return float(values[epoch])


def descent(n_epochs, lr=0.5):
    """The weight after that many epochs of gradient descent on the mean cross-entropy."""
    weight = torch.zeros(2, 3)
    for rows, labels in TRAIN * n_epochs:
        surprise = F.one_hot(labels, 2) - (rows @ weight.T).softmax(dim=1)
        weight = weight + lr * surprise.T @ rows / len(rows)
    return weight


def test_an_epoch_trains_then_validates():
    model, _, _ = train(2)
    sizes, modes, gradients = ([call[i] for call in model.calls] for i in range(3))
    hint = "An epoch is the training batches once, then the validation batches once."
    expect.equal(sizes, [3, 1, 1, 4] * 2, "the sizes of the batches that the model sees in 2 epochs", hint)
    wanted = [True, True, False, False] * 2
    hint = "Training mode for training, evaluation mode for validation, anew in every epoch."
    expect.equal(modes, wanted, "model.training while it sees them", hint)
    expect.equal(
        gradients, wanted, "torch.is_grad_enabled() meanwhile", "Validation records no gradients: torch.no_grad()."
    )


def test_every_batch_is_one_step():
    model, _, _ = train(1)
    hint = "For every training batch: the mean cross-entropy, clear the gradients, backward, one step."
    expect.close(model.weight.detach(), descent(1), "the weight after an epoch", hint)


def test_gradients_from_before_the_call_do_not_count():
    model, _, _ = train(1, old_gradients=True)
    hint = "Clear the gradients before backward: some may be left from before the call."
    expect.close(model.weight.detach(), descent(1), "the weight after an epoch", hint)


def test_the_model_keeps_the_weights_of_the_last_epoch():
    model, _, _ = train(4, val=OPPOSITE)
    hint = (
        "All epochs are trained, the optimizer takes every step as it is; the last epoch's weights stay, best or not."
    )
    expect.close(model.weight.detach(), descent(4), "the weight after 4 epochs", hint)


def test_history_averages_over_samples():
    _, *run = train(1, lr=0.0)  # the weight stays 0: every sample costs log 2 and is taken for class 0
    hint = "Mean cross-entropy."
    expect.close(number("train_loss", 0, *run), math.log(2), "train_loss of a model that starts at 0", hint)
    hint = "Correct predictions over all samples, in [0, 1]: 2 of 4, not the mean of 1/3 and 1."
    expect.close(number("train_accuracy", 0, *run), 2 / 4, "train_accuracy", hint)
    hint = "Correct predictions over all validation samples, in [0, 1]: 2 of 5, not the mean of 1 and 1/4."
    expect.close(number("val_accuracy", 0, *run), 2 / 5, "val_accuracy", hint)


def test_history_weights_batches_by_their_size():
    _, *run = train(3, lr=0.8)
    rows, labels = (torch.cat(parts) for parts in zip(*VAL, strict=True))
    scores = (rows @ descent(3, 0.8).T).log_softmax(dim=1)
    expected = -sum(scores[i, label].item() for i, label in enumerate(labels.tolist())) / 5
    hint = "The mean over all validation samples, in batches of 1 and 4, after the epoch's training."
    expect.close(number("val_loss", 2, *run), expected, "val_loss of the last epoch", hint)
    first = math.log(2)  # of the untouched model on 3 samples; the 1 sample of the second batch comes after a step
    rows, labels = TRAIN[0]
    weight = 0.8 * (F.one_hot(labels, 2) - 0.5).T @ rows / 3
    second = -(TRAIN[1][0] @ weight.T).log_softmax(dim=1)[0, 0].item()
    hint = "Cross-entropy, weighted by the size of each batch, as the samples were seen: before the batch's step."
    expect.close(number("train_loss", 0, *run), (3 * first + second) / 4, "train_loss of the first epoch", hint)


def test_returns_a_history_of_floats():
    _, history, _ = train(2)
    found = getattr(history, "_fields", None)
    expect.that(found == SERIES, f"the history should be a NamedTuple, History, got {type(history)}")
    for name, values in zip(SERIES, history, strict=True):
        expect.that(isinstance(values, list), f"{name} should be a list, got {type(values)}")
        expect.equal(len(values), 2, f"the length of {name}", "A list of one value for each epoch.")
        floats = all(isinstance(value, float) for value in values)
        expect.that(floats, f"{name} should hold Python floats: loss.item()")


def test_log_gets_the_epoch_and_all_four_values():
    _, history, entries = train(3)
    expect.equal([epoch for epoch, _, _ in entries], [0, 1, 2], "the logged epochs", "Once per epoch, counted from 0.")
    for epoch, values, weight in entries:
        hint = "Log once per epoch, after its validation."
        expect.close(weight, descent(epoch + 1), f"the weight when epoch {epoch} was logged", hint)
        for name in SERIES:
            expect.that(name in values, f"log should get {', '.join(SERIES)}, got {sorted(values)}")
            same = number(name, epoch, history, entries)
            expect.close(float(values[name]), same, f"{name} of epoch {epoch} in log and history")


def test_log_gets_python_floats():
    _, _, entries = train(1)
    expect.that(entries, "log should be called once per epoch")
    for _, values, _ in entries:
        for name, value in values.items():
            expect.that(isinstance(value, float), f"log should be given Python floats, got {type(value)} for {name}")


# accuracy -------------------------------------------------------------------------------------------------------------


LOGITS = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0], [4.0, 5.0, 6.0]])  # the classes 0, 1 and 2


def test_accuracy_is_over_samples():
    value = float(linear_eval.accuracy(nn.Identity(), [(LOGITS, torch.tensor([0, 1, 0]))]))
    hint = "A sample is correct if the argmax over its scores is its label: 2 of 3, a fraction in [0, 1]."
    expect.close(value, 2 / 3, "the accuracy on a single batch", hint)
    batches = [(LOGITS, torch.tensor([0, 1, 0])), (LOGITS[:1], torch.tensor([2]))]  # 2 of 3 right, then 0 of 1
    value = float(linear_eval.accuracy(nn.Identity(), batches))
    expect.close(value, 0.5, "the accuracy", "2 of 4 samples: batches may have unequal sizes.")
    batches = [(torch.tensor([[0.1], [0.3], [0.2]]), torch.zeros(3, dtype=torch.int64))]
    value = float(linear_eval.accuracy(nn.Identity(), batches))
    expect.close(value, 1.0, "the accuracy with a single class", "The argmax is over dimension 1: no squeeze().")


def test_accuracy_is_a_python_float():
    value = linear_eval.accuracy(nn.Identity(), [(LOGITS, torch.tensor([0, 2, 0]))])
    expect.that(isinstance(value, float), f"accuracy should return a Python float, got {type(value)}")
    expect.close(value, 1 / 3, "the accuracy")


def test_accuracy_evaluates_and_puts_the_mode_back():
    for mode in (True, False):
        model = Watched().train(mode)
        value = float(linear_eval.accuracy(model, VAL))
        expect.close(value, 2 / 5, "the accuracy of a model that predicts class 0 for all samples")
        sizes, modes, gradients = ([call[i] for call in model.calls] for i in range(3))
        expect.equal(sizes, [1, 4], "the sizes of the batches that the model sees", "Each batch once.")
        expect.equal(
            modes, [False, False], "model.training while it sees the batches", "Call model.eval() before the loop."
        )
        expect.equal(gradients, [False, False], "torch.is_grad_enabled() meanwhile", "Use torch.no_grad().")
        expect.equal(model.training, mode, "model.training afterwards", "Leave the mode as it was.")
