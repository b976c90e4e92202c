"""What stages/linear_eval.py should do: freezing, the classifier, its training and its accuracy."""

from __future__ import annotations

import math

import expect
import pytest
import torch
import torch.nn.functional as F
from stages import linear_eval
from torch import nn

pytestmark = pytest.mark.stage("linear_probe")
SERIES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")


def random(*shape, seed=0):
    """Normal numbers, the same every time."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def small_encoder():
    """(B, 4) -> (B, 3), with batch normalisation and dropout: it behaves differently in training mode."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))


# freeze, Classifier ---------------------------------------------------------------------------------------------------


def test_frozen_parameters_ask_for_no_gradient():
    encoder = small_encoder()
    frozen = linear_eval.freeze(encoder)
    for module in (frozen, encoder):
        asking = [name for name, parameter in module.named_parameters() if parameter.requires_grad]
        expect.equal(asking, [], "the parameters that ask for gradients", "requires_grad_(False); make no copy.")


def test_frozen_encoder_stays_in_evaluation_mode():
    encoder = small_encoder().train()
    probe = linear_eval.Classifier(linear_eval.freeze(encoder), 3, 5)
    for moment in ("after freeze", "after probe.train()"):
        training = [name or "itself" for name, module in encoder.named_modules() if module.training]
        hint = "train() of a model reaches all its parts: the frozen module needs a train() that stays in eval mode."
        expect.equal(training, [], f"the parts of the encoder in training mode {moment}", hint)
        probe.train()
    expect.that(probe.training, "the probe itself should be in training mode")


def test_frozen_features_do_not_depend_on_the_batch():
    encoder, images = small_encoder(), random(6, 4)
    expected = encoder.eval()(images).detach()
    frozen = linear_eval.freeze(encoder).train()
    hint = "Batch normalisation uses its running statistics, dropout drops nothing."
    expect.close(frozen(images).detach(), expected, "the features after train()", hint)
    expect.close(encoder[1].running_mean, torch.zeros(3), "the running mean afterwards", "Statistics are frozen, too.")


def test_classifier_is_one_linear_layer_on_the_encoder():
    encoder = nn.Flatten()
    classifier = linear_eval.Classifier(encoder, feature_dim=6, n_classes=4)
    parameters = {tuple(parameter.shape): parameter for parameter in classifier.parameters()}
    expect.equal(sorted(parameters), [(4,), (4, 6)], "the shapes of its parameters", "One nn.Linear, with its bias.")
    images = random(5, 2, 3)
    expected = images.flatten(1) @ parameters[4, 6].T + parameters[4,]
    expect.close(classifier(images), expected.detach(), "the logits", "No softmax and no ReLU.")


def test_gradients_reach_the_baseline_but_not_the_probe():
    for frozen, wanted in ((True, 2), (False, 6)):
        encoder = small_encoder()
        model = linear_eval.Classifier(linear_eval.freeze(encoder) if frozen else encoder, 3, 5).train()
        model(random(8, 4)).square().sum().backward()
        count = sum(parameter.grad is not None for parameter in model.parameters())
        name = "probe" if frozen else "baseline"
        hint = "In the probe these are the linear layer's weight and bias; the baseline trains its encoder as well."
        expect.equal(count, wanted, f"the number of parameters of the {name} with a gradient", hint)


# train_classifier -----------------------------------------------------------------------------------------------------


class Descent:
    """An optimiser: w -= lr * gradient. (Those of torch.optim take seconds to import.)"""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def zero_grad(self, set_to_none=True):
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self):
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter -= self.lr * parameter.grad


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
VAL = [(random(2, 3, seed=3), torch.tensor([1, 0])), (random(3, 3, seed=4), torch.tensor([1, 1, 0]))]


def train(n_epochs, lr=0.5):
    """Trains a Watched; returns it, the history and what was logged."""
    model, entries = Watched(), []
    history = linear_eval.train_classifier(
        model,
        TRAIN,
        VAL,
        Descent(model.parameters(), lr),
        n_epochs,
        lambda epoch, values: entries.append((epoch, values)),
    )
    hint = "return History(...)"
    expect.that(
        getattr(history, "_fields", None) == SERIES, f"the history should be a History, got {type(history)}. {hint}"
    )
    for name, values in zip(SERIES, history, strict=True):
        expect.equal(len(values), n_epochs, f"the length of {name}", "One value per epoch.")
    return model, history, entries


def test_an_epoch_trains_then_validates():
    model, _, _ = train(2)
    epoch = [(3, True, True), (1, True, True), (2, False, False), (3, False, False)]
    hint = "Training batches in training mode, then validation batches in evaluation mode under torch.no_grad()."
    expect.equal(model.calls, epoch * 2, "(samples, training mode, gradients) of the calls in 2 epochs", hint)


def test_every_batch_is_one_step():
    model, _, _ = train(1)
    weight = torch.zeros(2, 3)
    for rows, labels in TRAIN:
        surprise = F.one_hot(labels, 2) - (rows @ weight.T).softmax(dim=1)
        weight = weight + 0.5 * surprise.T @ rows / len(rows)
    hint = "zero_grad, backward, step for every batch, on the mean cross-entropy."
    expect.close(model.weight.detach(), weight, "the weight after an epoch", hint)


def test_history_averages_over_samples():
    _, history, _ = train(1, lr=0.0)  # the weight stays 0: every sample costs log 2 and is taken for class 0
    expect.close(history.train_loss[0], math.log(2), "train_loss of a model that knows nothing", "Mean cross-entropy.")
    expect.close(history.train_accuracy[0], 2 / 4, "train_accuracy", "2 of 4 samples, not the mean of 1/3 and 1.")
    expect.close(history.val_accuracy[0], 2 / 5, "val_accuracy", "2 of 5 samples, not the mean of 1/2 and 1/3.")


def test_history_weights_batches_by_their_size():
    model, history, _ = train(3, lr=0.8)
    rows, labels = (torch.cat(parts) for parts in zip(*VAL, strict=True))
    scores = (rows @ model.weight.detach().T).log_softmax(dim=1)
    expected = -sum(scores[i, label].item() for i, label in enumerate(labels.tolist())) / 5
    hint = "The mean over all 5 validation samples, after the epoch's training."
    expect.close(history.val_loss[2], expected, "val_loss of the last epoch", hint)
    first = math.log(2)  # of the untouched model on 3 samples; the 1 sample of the second batch comes after a step
    _, one_step, _ = train(1, lr=0.8)
    rows, labels = TRAIN[0]
    weight = 0.8 * (F.one_hot(labels, 2) - 0.5).T @ rows / 3
    second = -(TRAIN[1][0] @ weight.T).log_softmax(dim=1)[0, 0].item()
    hint = "Each sample's loss as it was seen: batches of 3 and 1 samples count 3 and 1 times."
    expect.close(one_step.train_loss[0], (3 * first + second) / 4, "train_loss of the first epoch", hint)


def test_log_gets_the_epoch_and_all_four_values():
    _, history, entries = train(3)
    expect.equal([epoch for epoch, _ in entries], [0, 1, 2], "the logged epochs", "Once per epoch, counted from 0.")
    for epoch, values in entries:
        for name in SERIES:
            expect.that(name in values, f'log should get "{name}", got {sorted(values)}')
            expect.that(type(values[name]) is float, f"the logged {name} should be a float")
            expect.equal(values[name], getattr(history, name)[epoch], f"{name} of epoch {epoch} in log and history")


# accuracy -------------------------------------------------------------------------------------------------------------


def test_accuracy_is_over_samples():
    logits = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0], [4.0, 5.0, 6.0]])  # the classes 0, 1 and 2
    batches = [(logits, torch.tensor([0, 1, 0])), (logits[:1], torch.tensor([2]))]  # 2 of 3 right, then 0 of 1
    value = linear_eval.accuracy(nn.Identity(), batches)
    expect.that(type(value) is float, f"accuracy should return a Python float, got {type(value)}")
    expect.close(value, 0.5, "the accuracy", "2 of 4 samples, as a fraction; not the mean of 2/3 and 0.")


def test_accuracy_evaluates_and_puts_the_mode_back():
    for mode in (True, False):
        model = Watched().train(mode)
        linear_eval.accuracy(model, VAL)
        hint = "model.eval() and torch.no_grad() around the loop."
        expect.equal(
            model.calls, [(2, False, False), (3, False, False)], "(samples, training, gradients) of calls", hint
        )
        expect.equal(model.training, mode, "model.training afterwards", "Restore the mode in which the model came.")
