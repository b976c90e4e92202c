"""The linear probe: how good is a representation, if only a linear layer may be trained on it?

SimCLR (Chen et al. 2020, arXiv 2002.05709, section 2.3) freezes the pretrained encoder and trains a linear classifier
on its output h. The baseline is the same network, encoder included, trained on the same labels from scratch.

Next: `report.py` compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Log = Callable[[int, dict[str, float]], None]  # log(epoch, {"train_loss": 1.2, …})
Batches = Iterable[tuple[Tensor, Tensor]]  # (images, labels); can be iterated again


class FrozenEncoder(nn.Module):
    """A wrapper for `freeze`: it gives the encoder's features, and `train()` leaves it in evaluation mode.

    If your `freeze` does without it, delete the class.

    Args:
        encoder: (B, …) -> (B, D).
    """

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def train(self, mode: bool = True) -> FrozenEncoder:
        """Puts the module and all its parts into evaluation mode, whatever `mode` is, and returns the module."""
        raise NotImplementedError(
            "TODO linear_probe: write FrozenEncoder.train as the docstring says; tests/test_linear_eval.py shows it"
        )

    def forward(self, images: Tensor) -> Tensor:
        """Encodes images: (B, …) -> (B, D)."""
        features: Tensor = self.encoder(images)
        return features


def freeze(encoder: nn.Module) -> nn.Module:
    """Makes an encoder a fixed function: nothing in it is trained, and it stays in evaluation mode.

    A frozen encoder has to survive what a training loop does to it. Its parameters require no gradients, and
    `model.train()` of a model that contains it must not put it into training mode: batch normalisation would then use
    the batch's statistics, and change its own.

    Args:
        encoder: (B, …) -> (B, D). Its own parameters are frozen; no copy is made.

    Returns:
        A module that maps images to the features that `encoder` gives in evaluation mode. Every parameter in it has
        `requires_grad` False; `encoder` and all its parts are in evaluation mode and stay there, also after `train()`
        of the module that is returned, or of a model that contains it. It may be a `FrozenEncoder`, another wrapper, or
        `encoder` itself.

    Example:
        After `probe = Classifier(freeze(encoder)); probe.train()`, `encoder.training` is False, `probe.training` is
        True, and only the weight and the bias of the linear layer require gradients.
    """
    raise NotImplementedError(
        "TODO linear_probe: write freeze as the docstring says; tests/test_linear_eval.py shows it"
    )


class Classifier(nn.Module):
    """An encoder and a linear layer on its features: the probe if the encoder is frozen, else the baseline.

    One `nn.Linear` with a bias, and nothing between it and the features. The classifier itself freezes nothing: in the
    baseline, gradients reach the encoder as well.

    Args:
        encoder: (B, …) -> (B, feature_dim).
        feature_dim: the length of a feature vector; 512 for ResNet-18.
        n_classes: the number of classes; 10 for CIFAR-10.
    """

    def __init__(self, encoder: nn.Module, feature_dim: int = 512, n_classes: int = 10):
        super().__init__()
        raise NotImplementedError(
            "TODO linear_probe: write Classifier.__init__ as the docstring says; tests/test_linear_eval.py shows it"
        )

    def forward(self, images: Tensor) -> Tensor:
        """Scores every class: (B, …) -> (B, n_classes), the logits (no softmax). B may be 1."""
        raise NotImplementedError(
            "TODO linear_probe: write Classifier.forward as the docstring says; tests/test_linear_eval.py shows it"
        )


class History(NamedTuple):
    """How a training went; every list has one value per epoch.

    Attributes:
        train_loss: mean cross-entropy over the epoch's training samples, as they were seen: before the batch's step.
        train_accuracy: fraction in [0, 1] of them classified correctly, as they were seen.
        val_loss: mean cross-entropy over all validation samples after the epoch.
        val_accuracy: fraction in [0, 1] of them classified correctly after the epoch.
    """

    train_loss: list[float]
    train_accuracy: list[float]
    val_loss: list[float]
    val_accuracy: list[float]


def train_classifier(
    model: nn.Module,
    train_batches: Batches,
    val_batches: Batches,
    optimizer: torch.optim.Optimizer,
    n_epochs: int,
    log: Log,
) -> History:
    """Trains a classifier with the cross-entropy loss and validates it after every epoch.

    An epoch iterates over the training batches once, in training mode, with one optimiser step for each; then over the
    validation batches once, in evaluation mode and without gradients. Means are over samples, not over batches: the
    last batch may be smaller, and a batch may hold a single sample.

    A step goes down the gradient of its own batch's mean cross-entropy: gradients that are left from before, even from
    before the call, do not count. The model keeps the weights of the last epoch, whether or not it was the best.

    Args:
        model: maps images to logits (B, n_classes). It is trained in place.
        train_batches: yields (images (B, …), labels (B,) int64); iterated once per epoch.
        val_batches: likewise.
        optimizer: holds the parameters to train, and its learning rate stays as it is.
        n_epochs: how many times to iterate over the training batches.
        log: called once per epoch, after its validation, as log(epoch, {"train_loss": …, "train_accuracy": …,
            "val_loss": …, "val_accuracy": …}) with the epoch counted from 0 and Python floats.

    Returns:
        A `History` of the values that were logged: four lists of n_epochs Python floats.

    Example:
        If a batch of 3 samples has the mean loss 1.0 and the last one of 1 sample the loss 2.0, the epoch's loss is
        (3 * 1.0 + 1 * 2.0) / 4 = 1.25.
    """

    raise NotImplementedError(
        "TODO linear_probe: write train_classifier as the docstring says; tests/test_linear_eval.py shows it"
    )


def accuracy(model: nn.Module, batches: Batches) -> float:
    """The fraction of samples that a classifier gets right.

    In evaluation mode and without gradients; afterwards the model is back in the mode that it was in.

    Args:
        model: maps images to logits (B, n_classes).
        batches: yields (images (B, …), labels (B,) int64), at least one sample; there may be a single class.

    Returns:
        A Python float in [0, 1]: correct samples over all samples, whatever the sizes of the batches. A sample is
        correct if its label has the highest score.

    Example:
        2 of 3 correct in one batch and 0 of 1 in the next give 0.5, not the mean of 2/3 and 0.
    """
    raise NotImplementedError(
        "TODO linear_probe: write accuracy as the docstring says; tests/test_linear_eval.py shows it"
    )
