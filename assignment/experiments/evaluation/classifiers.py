"""Train classifiers on labelled photographs: the probe on frozen features, the baseline from scratch.

A frozen encoder gives an image the same features in every epoch. So the probe's features are computed once, and the
linear layer is trained on them: the same result as encoding the images in each epoch, much faster.

`choose` chooses the learning rate on labels that are held out for it, never on the photographs on which the result
is measured. Next: `label_efficiency.py`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from stages.linear_eval import History, freeze, train_classifier
from torch import Tensor, nn

from experiments.data.subsets import held_out, shuffled, to_float
from experiments.training.checkpoint import seed_everything
from experiments.training.optimizers import cosine
from experiments.training.run import Phase, Run

HELD_OUT = 0.2  # the share of the labelled samples to validate settings on


class Batches:
    """Labelled samples in batches; can be iterated again and again.

    Args:
        inputs: (N, …), images uint8 (given out as float32 in [0, 1]) or features float32.
        labels: (N,) int64.
        batch_size: samples in a batch; the last one may be smaller.
        device: where the batches go.
        seed: the seed of the order, which differs in each epoch; None keeps the samples in order.
        augment: applied to each batch.
        passes: how many times one iteration yields all samples, each time in another order.
    """

    def __init__(
        self,
        inputs: Tensor,
        labels: Tensor,
        batch_size: int,
        device: torch.device,
        seed: int | None = None,
        augment: Callable[[Tensor], Tensor] | None = None,
        passes: int = 1,
    ):
        self.inputs, self.labels, self.batch_size, self.device = inputs, labels, batch_size, device
        self.seed, self.augment, self.passes = seed, augment, passes
        self.epoch = 0  # set by `fit`, so that a resumed training sees the order it would have seen
        self.before_batch: Callable[[int], None] = lambda index: None

    def __len__(self) -> int:
        return self.passes * math.ceil(len(self.labels) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for index, chosen in enumerate(batch for order in self._orders() for batch in order.split(self.batch_size)):
            self.before_batch(index)
            inputs = to_float(self.inputs[chosen].to(self.device))
            yield self.augment(inputs) if self.augment else inputs, self.labels[chosen].to(self.device)

    def _orders(self) -> Iterator[Tensor]:
        n = len(self.labels)
        for number in range(self.epoch * self.passes, (self.epoch + 1) * self.passes):
            yield torch.arange(n) if self.seed is None else shuffled(n, self.seed, number)


def crop_and_flip(images: Tensor, padding: int = 4) -> Tensor:
    """Pads images (B, C, H, W) with zeros, crops H x W at a random place from each, and mirrors half of them."""
    n, channels, height, width = images.shape
    padded = F.pad(images, [padding] * 4)
    top, left = torch.randint(2 * padding + 1, (2, n))
    rows = top[:, None] + torch.arange(height)  # (B, H)
    columns = left[:, None] + torch.arange(width)  # (B, W)
    columns = torch.where(torch.rand(n, 1) < 0.5, columns.flip(1), columns)
    every = torch.arange(n)[:, None, None, None], torch.arange(channels)[None, :, None, None]
    index = (*every, rows[:, None, :, None], columns[:, None, None, :])
    return padded[tuple(part.to(images.device) for part in index)]


@torch.no_grad()
def features(
    encoder: nn.Module, images: Tensor, device: torch.device, resolution: int = 0, batch_size: int = 500
) -> Tensor:
    """Computes a frozen encoder's features: (N, 3, H, W) uint8 -> (N, D) float32 on the CPU.

    Args:
        encoder: (B, 3, H', W') in [0, 1] -> (B, D).
        images: to encode.
        device: where the encoder is.
        resolution: height and width to which the images are scaled before; 0 leaves them as they are. An encoder that
            learnt from random crops, enlarged, has seen objects larger than they are in whole photographs, and does
            better when those are enlarged, too (Touvron et al. 2019, arXiv 1906.06423).
        batch_size: images at a time.
    """
    frozen = freeze(encoder)
    found = []
    for batch in images.split(batch_size):
        inputs = to_float(batch.to(device))
        if resolution not in (0, inputs.shape[-1]):
            inputs = F.interpolate(inputs, (resolution, resolution), mode="bicubic", antialias=True).clamp(0, 1)
        found.append(frozen(inputs).float().cpu())
    return torch.cat(found)


class Setting(NamedTuple):
    """What a sweep chooses for a classifier.

    Attributes:
        learning_rate: its peak.
        weight_decay: the optimiser's.
        muon_rate: Muon's learning rate at its peak; 0 for another optimiser.
        resolution: see `features`; 0 where nothing is frozen.
    """

    learning_rate: float
    weight_decay: float
    muon_rate: float = 0.0
    resolution: int = 0


class Training(NamedTuple):
    """A training that can begin: everything that `fit` needs except the run.

    Attributes:
        build: makes the untrained classifier.
        optimize: makes the optimiser of the trainable parameters; its learning rate falls along a cosine.
        train: what to train on.
        validation: what to measure on after each epoch.
        n_epochs: how many times to iterate over `train`.
    """

    build: Callable[[], nn.Module]
    optimize: Callable[[list[nn.Parameter]], torch.optim.Optimizer]
    train: Batches
    validation: Batches
    n_epochs: int

    def begin(self, run: Run) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Returns the untrained model, which depends only on the seed, and its optimiser."""
        seed_everything(run.config.seed)
        model = self.build().to(run.device)
        return model, self.optimize([parameter for parameter in model.parameters() if parameter.requires_grad])

    def epoch(self, number: int, model: nn.Module, optimizer: torch.optim.Optimizer, peaks: list[float]) -> History:
        """Trains for one epoch and returns its history; `peaks` are the peak learning rates of the parameter groups."""
        inner = self.train.before_batch

        def before_batch(index: int) -> None:
            inner(index)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * cosine(number * len(self.train) + index, self.n_epochs * len(self.train))

        self.train.epoch, self.train.before_batch = number, before_batch
        try:
            return train_classifier(model, self.train, self.validation, optimizer, 1, lambda step, values: None)
        finally:
            self.train.before_batch = inner


def fit(run: Run, name: str, training: Training) -> History:
    """Trains a classifier as the phase `name` of a run, from its last checkpoint.

    Ctrl-C loses the epoch in progress. The last checkpoint has `predictions` and `truth` of the validation
    samples, (M,) uint8 each.

    Returns:
        The history of all epochs, including those of earlier runs.
    """
    phase = run.phase(name)
    if phase.done and phase.state:
        return History(*phase.state["history"])
    model, optimizer = training.begin(run)
    peaks = [group["lr"] for group in optimizer.param_groups]
    history = History([], [], [], [])
    if state := phase.resume():
        history = History(*state["history"])
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
    else:
        _save(phase, training, model, optimizer, history)
    n_epochs = training.n_epochs
    training.train.before_batch = lambda index: leave_if_asked(run, phase)
    with run.stop, run.progress(name, n_epochs, len(history.train_loss)) as progress:
        for epoch in range(len(history.train_loss), n_epochs):
            for series, new in zip(history, training.epoch(epoch, model, optimizer, peaks), strict=True):
                series.extend(new)
            values = {key: series[-1] for key, series in zip(History._fields, history, strict=True)}
            run.log(name, epoch, values)
            progress.advance(f"validation accuracy {values['val_accuracy']:.2%}")
            if n_epochs <= 20 or epoch % 10 == 9 or epoch + 1 == n_epochs:
                progress.say(f"loss {values['train_loss']:.3f}  validation accuracy {values['val_accuracy']:.2%}")
            _save(phase, training, model, optimizer, history)
    return history


def _save(
    phase: Phase, training: Training, model: nn.Module, optimizer: torch.optim.Optimizer, history: History
) -> None:
    """Writes the checkpoint of a training after the epochs of its history; after the last one, with predictions."""
    epoch = len(history.train_loss)
    state: dict[str, Any] = {"epoch": epoch, "history": [list(series) for series in history]}
    state["model"] = model.state_dict()
    if epoch == training.n_epochs:
        state |= {"predictions": predict(model, training.validation), "truth": training.validation.labels.byte()}
    else:
        state["optimizer"] = optimizer.state_dict()
    phase.save(done=epoch == training.n_epochs, **state)


@torch.no_grad()
def predict(model: nn.Module, batches: Batches) -> Tensor:
    """Returns the classes (M,) uint8 that a classifier gives the samples in evaluation mode, on the CPU."""
    model.eval()
    return torch.cat([model(inputs).argmax(dim=1) for inputs, _ in batches]).byte().cpu()


def choose(
    run: Run,
    name: str,
    settings: Sequence[Setting],
    labels: Tensor,
    allowed: Tensor,
    trial: Callable[[Tensor, Tensor, Setting], Training],
    n_splits: int = 1,
) -> Setting:
    """Chooses a setting: each is tried on a part of the labelled samples and measured on the rest of them.

    Args:
        run: keeps the phase `sweep-<name>`, a line of metrics for each trial; Ctrl-C loses the trial in progress.
        name: what is chosen, such as "baseline-1%".
        settings: those to try; of equally good ones the first is taken.
        labels: (N,) int64.
        allowed: (M,) int64, which samples may be used; a class-balanced share `HELD_OUT` of them is measured on.
        trial: makes a training from the indices to train on, the indices to measure on, and a setting.
        n_splits: how many random splits to try each setting on; its accuracies are averaged.

    Returns:
        The setting with the highest accuracy on the samples held out.
    """
    phase = run.phase(f"sweep-{name}")
    state = phase.state if phase.done else phase.resume()
    found: list[float] = list(state["accuracies"]) if state else []
    parts = [held_out(labels[allowed], HELD_OUT, run.config.seed + number) for number in range(n_splits)]
    with run.stop, run.progress(f"sweep-{name}", len(settings), len(found)) as progress:
        for number in range(len(found), len(settings)):
            accuracies = []
            for rows, held in parts:
                training = trial(allowed[rows], allowed[held], settings[number])
                training.train.before_batch = lambda index: leave_if_asked(run, phase)
                model, optimizer = training.begin(run)
                peaks = [group["lr"] for group in optimizer.param_groups]
                for epoch in range(training.n_epochs):
                    history = training.epoch(epoch, model, optimizer, peaks)
                accuracies.append(history.val_accuracy[-1])
            found.append(statistics.fmean(accuracies))
            epochs = training.n_epochs * training.train.passes
            run.log(
                f"sweep-{name}", number, {**settings[number]._asdict(), "epochs": epochs, "val_accuracy": found[-1]}
            )
            progress.advance(f"accuracy {found[-1]:.2%}")
            rate = settings[number].muon_rate or settings[number].learning_rate
            progress.say(f"learning rate {rate:g}  held-out accuracy {found[-1]:.2%}")
            phase.save(done=len(found) == len(settings), accuracies=found)
    return settings[max(range(len(settings)), key=found.__getitem__)]


def leave_if_asked(run: Run, phase: Phase) -> None:
    """Leaves a phase after Ctrl-C; it resumes from its last checkpoint."""
    if run.stop.asked:
        raise phase.interrupted()
