"""Train classifiers on labelled photographs: the probe on frozen features, the baseline from scratch.

A frozen encoder gives an image the same features in every epoch. So the probe's features are computed once, and the
linear layer is trained on them: the same result as going through the encoder each time, much faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from stages.linear_eval import Classifier, History, freeze, train_classifier
from torch import Tensor, nn

from experiments.checkpoint import seed_everything
from experiments.run import Run


class Batches:
    """Labelled samples in batches; can be gone through again and again.

    Args:
        inputs: (N, …), images uint8 (given out as float32 in [0, 1]) or features float32.
        labels: (N,) int64.
        batch_size: samples in a batch; the last one may be smaller.
        device: where the batches go.
        seed: of the order, which differs in each epoch; None keeps the samples in order.
        augment: applied to each batch.
    """

    def __init__(
        self,
        inputs: Tensor,
        labels: Tensor,
        batch_size: int,
        device: torch.device,
        seed: int | None = None,
        augment: Callable[[Tensor], Tensor] | None = None,
    ):
        self.inputs, self.labels, self.batch_size, self.device = inputs, labels, batch_size, device
        self.seed, self.augment = seed, augment
        self.epoch = 0  # set by `fit`, so that a resumed training sees the order it would have seen
        self.before_batch: Callable[[int], None] = lambda index: None

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        n = len(self.labels)
        order = torch.arange(n) if self.seed is None else shuffled(n, self.seed, self.epoch)
        for index, chosen in enumerate(order.split(self.batch_size)):
            self.before_batch(index)
            inputs = to_float(self.inputs[chosen].to(self.device))
            yield self.augment(inputs) if self.augment else inputs, self.labels[chosen].to(self.device)


def to_float(images: Tensor) -> Tensor:
    """Turns uint8 images into float32 in [0, 1]; leaves floating tensors as they are."""
    return images.float() / 255 if images.dtype == torch.uint8 else images


def shuffled(n: int, seed: int, epoch: int) -> Tensor:
    """Returns a random order of 0, …, n-1 that depends on seed and epoch alone."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(1_000_003 * seed + epoch))


def crop_and_flip(images: Tensor, padding: int = 4) -> Tensor:
    """Pads images (B, C, H, W) with zeros, cuts H x W at a random place out of each, and mirrors half of them."""
    n, channels, height, width = images.shape
    padded = F.pad(images, [padding] * 4)
    top, left = torch.randint(2 * padding + 1, (2, n))
    rows = top[:, None] + torch.arange(height)  # (B, H)
    columns = left[:, None] + torch.arange(width)  # (B, W)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    every = torch.arange(n)[:, None, None, None], torch.arange(channels)[None, :, None, None]
    index = (*every, rows[:, None, :, None], columns[:, None, None, :])
    return padded[tuple(part.to(images.device) for part in index)]


def cosine(step: int, n_steps: int, warmup: int = 0) -> float:
    """Returns the factor of the learning rate: it rises over `warmup` steps, then falls to 0 along a cosine."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, n_steps - warmup)))


@torch.no_grad()
def features(encoder: nn.Module, images: Tensor, device: torch.device, batch_size: int = 500) -> Tensor:
    """Computes a frozen encoder's features: (N, 3, H, W) uint8 -> (N, D) float32 on the CPU."""
    frozen = freeze(encoder)
    return torch.cat([frozen(to_float(batch.to(device))).float().cpu() for batch in images.split(batch_size)])


def fit(
    run: Run,
    name: str,
    build: Callable[[], nn.Module],
    optimize: Callable[[list[nn.Parameter]], torch.optim.Optimizer],
    train: Batches,
    validation: Batches,
    n_epochs: int,
) -> History:
    """Trains a classifier as the phase `name` of a run, from where its checkpoint stands.

    Ctrl-C goes back to the end of the last epoch.

    Args:
        run: keeps the phase's checkpoint and metrics.
        name: of the phase, such as "probe-homework".
        build: makes the untrained classifier.
        optimize: makes the optimiser of the parameters that want training; its learning rate falls along a cosine.
        train: what to train on.
        validation: what to measure on after each epoch.
        n_epochs: how often to go through `train`.

    Returns:
        The history of all epochs, those of earlier runs included.
    """
    phase = run.phase(name)
    seed_everything(run.config.seed)
    model = build().to(run.device)
    optimizer = optimize([parameter for parameter in model.parameters() if parameter.requires_grad])
    peak = optimizer.param_groups[0]["lr"]
    history = History([], [], [], [])
    epoch = 0
    if state := phase.resume():
        history, epoch = History(*state["history"]), state["epoch"]
        if phase.done:
            return history
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])

    def save() -> None:
        last = epoch == n_epochs
        state: dict[str, Any] = {"epoch": epoch, "history": [list(series) for series in history]}
        state |= {"model": model.state_dict()} | ({} if last else {"optimizer": optimizer.state_dict()})
        phase.save(done=last, **state)

    def before_batch(index: int) -> None:
        if run.stop.asked:
            raise phase.interrupted()
        for group in optimizer.param_groups:
            group["lr"] = peak * cosine(epoch * len(train) + index, n_epochs * len(train))

    if state is None:
        save()
    train.before_batch = before_batch
    with run.stop, run.progress(name, n_epochs, epoch) as progress:
        while epoch < n_epochs:
            train.epoch = epoch
            part = train_classifier(model, train, validation, optimizer, 1, lambda step, values: None)
            for series, new in zip(history, part, strict=True):
                series.extend(new)
            values = {key: series[-1] for key, series in zip(History._fields, history, strict=True)}
            run.log(name, epoch, values)
            progress.advance(f"validation accuracy {values['val_accuracy']:.2%}")
            if n_epochs <= 20 or epoch % 10 == 9 or epoch + 1 == n_epochs:
                progress.say(f"loss {values['train_loss']:.3f}  validation accuracy {values['val_accuracy']:.2%}")
            epoch += 1
            save()
    return history


def fit_probe(run: Run, name: str, encode: Callable[[], list[Tensor]], labels: tuple[Tensor, Tensor]) -> History:
    """Trains a linear probe on features.

    Args:
        run: keeps the phase `name`.
        name: of the phase.
        encode: computes the features of the training and the validation images, (N, D) and (M, D); it is only called
            if there is something left to train.
        labels: those of the training and the validation images, (N,) and (M,) int64.
    """
    phase = run.phase(name)
    if phase.done and phase.state:
        return History(*phase.state["history"])
    config, device = run.config, run.device
    encoded = encode()
    train = Batches(encoded[0], labels[0], config.probe_batch_size, device, seed=config.seed)
    validation = Batches(encoded[1], labels[1], 1000, device)
    return fit(
        run,
        name,
        lambda: Classifier(freeze(nn.Identity()), encoded[0].shape[1]),
        lambda parameters: torch.optim.Adam(parameters, lr=config.probe_learning_rate),
        train,
        validation,
        config.probe_epochs,
    )


def fit_baseline(
    run: Run,
    name: str,
    encoder: Callable[[], nn.Module],
    images: tuple[Tensor, Tensor],
    labels: tuple[Tensor, Tensor],
    n_epochs: int,
) -> History:
    """Trains encoder and linear layer from scratch on the images (N, 3, H, W) uint8 and their labels."""
    config, device = run.config, run.device
    augment = crop_and_flip if config.baseline_augment else None
    train = Batches(images[0], labels[0], config.baseline_batch_size, device, seed=config.seed, augment=augment)
    validation = Batches(images[1], labels[1], 500, device)
    return fit(
        run,
        name,
        lambda: Classifier(encoder()),
        lambda parameters: torch.optim.SGD(
            parameters, lr=config.baseline_learning_rate, momentum=0.9, weight_decay=5e-4, nesterov=True
        ),
        train,
        validation,
        n_epochs,
    )
