"""With how few labels do pretrained features pay off? The probe against the network from scratch, on the same labels.

Each `measure` is three trainings on one set of labelled photographs: a linear layer on the frozen pretrained encoder,
the same on the untrained encoder as a control, and the whole network from scratch. Each takes the learning rate and
the weight decay, and on a frozen encoder also the size of the photographs, that did best on labels held out for it
(`classifiers.choose`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

import torch
from stages.linear_eval import Classifier, History, freeze
from torch import Tensor, nn

from experiments.data.cifar10 import Photos
from experiments.data.subsets import balanced
from experiments.evaluation.classifiers import (
    HELD_OUT,
    Batches,
    Setting,
    Training,
    choose,
    crop_and_flip,
    features,
    fit,
)
from experiments.training.optimizers import can_fuse, make_optimizer
from experiments.training.precision import Precision, resolve
from experiments.training.run import Run

BESIDE_MUON = 1e-3  # Adam's learning rate for what Muon does not train
ENOUGH_HELD_OUT = 3000  # held-out photographs, over all splits, that the choice for a probe rests on
MAX_SPLITS = 10


class Plan(Protocol):
    """What the trainings read from an experiment's configuration, which documents the fields."""

    seed: int
    precision: Precision
    sweep_labels: int
    probe_epochs: int
    probe_batch_size: int
    probe_learning_rates: tuple[float, ...]
    probe_weight_decays: tuple[float, ...]
    probe_resolutions: tuple[int, ...]
    baseline_seen: int
    baseline_min_epochs: int
    baseline_max_epochs: int
    baseline_batch_size: int
    baseline_learning_rates: tuple[float, ...]
    baseline_weight_decay: float
    baseline_muon_rates: tuple[float, ...]
    baseline_augment: bool


class Part(NamedTuple):
    """Some labelled photographs: which files they come from, and their rows (N,) int64 there."""

    source: Literal["train", "test"]
    rows: Tensor


class Outcome(NamedTuple):
    """What one set of labels gave.

    Attributes:
        protocol: "homework" or "standard", or the share of the labels, such as "1%".
        n_train, n_validation: labelled photographs to train on, and to measure on.
        probe: the linear layer on the pretrained encoder; the last value of `val_accuracy` is the result.
        control: the same on the untrained encoder: what pretraining has to beat to be of any use.
        baseline: the same network from scratch.
    """

    protocol: str
    n_train: int
    n_validation: int
    probe: History
    control: History
    baseline: History


class Study:
    """Trains classifiers on sets of labels; features are computed once, when they are first needed.

    Args:
        run: keeps the phases.
        config: how to train.
        photos: the training and the test photographs.
        encoders: makes the encoder by its name: "probe" the pretrained one, "untrained" and "baseline" a fresh one.
    """

    def __init__(
        self,
        run: Run,
        config: Plan,
        photos: dict[str, Photos],
        encoders: dict[str, Callable[[], nn.Module]],
    ):
        self.run, self.config, self.photos, self.encoders = run, config, photos, encoders
        self._features: dict[tuple[str, str, int, bytes], Tensor] = {}  # by encoder, files, resolution and rows
        self._baseline_setting: Setting | None = None  # chosen on the largest set so far

    def measure(self, name: str, train: Part, validation: Part, rounds: int | None = None) -> Outcome:
        """Trains the three classifiers as the phases `probe-<name>`, `untrained-<name>` and `baseline-<name>`.

        Args:
            name: the name of the set of labels.
            train: what to train on.
            validation: what to measure on.
            rounds: how many times to measure while training from scratch; None for after every epoch.
        """
        probe, control = (self._probe(kind, name, train, validation) for kind in ("probe", "untrained"))
        baseline = self._baseline(name, train, validation, rounds)
        return Outcome(name, len(train.rows), len(validation.rows), probe, control, baseline)

    def _probe(self, kind: str, name: str, train: Part, validation: Part) -> History:
        config, phase = self.config, self.run.phase(f"{kind}-{name}")
        if phase.done and phase.state:
            return History(*phase.state["history"])  # without computing any features
        labels = self._labels(train)
        few = self._few(labels)
        to_choose = few.sort().values
        place = torch.zeros_like(labels).index_copy(0, to_choose, torch.arange(len(few)))

        def training(inputs: Tensor, rows: Tensor, measured: Batches, setting: Setting) -> Training:
            batches = Batches(inputs, labels[rows], config.probe_batch_size, self.run.device, seed=config.seed)
            return Training(
                lambda: Classifier(freeze(nn.Identity()), inputs.shape[1]),
                lambda parameters: torch.optim.AdamW(
                    parameters, lr=setting.learning_rate, weight_decay=setting.weight_decay
                ),
                batches,
                measured,
                config.probe_epochs,
            )

        def trial(rows: Tensor, held: Tensor, setting: Setting) -> Training:
            encoded = self._encoded(kind, Part(train.source, train.rows[to_choose]), setting.resolution)
            inputs, others = standardised(encoded[place[rows]], encoded[place[held]])
            return training(inputs, rows, Batches(others, labels[held], 1000, self.run.device), setting)

        rates, decays, resolutions = config.probe_learning_rates, config.probe_weight_decays, config.probe_resolutions
        settings = [Setting(*pair, 0.0, size) for size in resolutions for pair in itertools.product(rates, decays)]
        n_splits = max(1, min(MAX_SPLITS, round(ENOUGH_HELD_OUT / (HELD_OUT * len(few)))))
        setting = choose(self.run, f"{kind}-{name}", settings, labels, few, trial, n_splits)
        inputs, others = standardised(*(self._encoded(kind, part, setting.resolution) for part in (train, validation)))
        measured = Batches(others, self._labels(validation), 1000, self.run.device)
        return fit(self.run, phase.name, training(inputs, torch.arange(len(labels)), measured, setting))

    def _baseline(self, name: str, train: Part, validation: Part, rounds: int | None) -> History:
        config, labels = self.config, self._labels(train)
        images = self.photos[train.source].images[train.rows]
        n_epochs = round(config.baseline_seen / len(labels))
        n_epochs = max(config.baseline_min_epochs, min(config.baseline_max_epochs, n_epochs))

        def training(rows: Tensor, measured: Batches, setting: Setting, epochs: int, rounds: int) -> Training:
            passes = math.ceil(epochs / rounds)
            augment = crop_and_flip if config.baseline_augment else None
            batches = Batches(
                images[rows], labels[rows], config.baseline_batch_size, self.run.device, config.seed, augment, passes
            )
            return Training(
                lambda: Classifier(self.encoders["baseline"]()),
                lambda parameters: self._baseline_optimizer(parameters, setting),
                batches,
                measured,
                round(epochs / passes),
            )

        def trial(rows: Tensor, held_out: Tensor, setting: Setting) -> Training:
            measured = Batches(images[held_out], labels[held_out], 500, self.run.device)
            return training(rows, measured, setting, max(1, n_epochs // 2), 1)

        if self._baseline_setting is None or len(labels) <= config.sweep_labels:
            settings = [Setting(rate, config.baseline_weight_decay) for rate in config.baseline_learning_rates]
            settings += [Setting(BESIDE_MUON, 0.0, rate) for rate in config.baseline_muon_rates]
            few = self._few(labels)
            self._baseline_setting = choose(self.run, f"baseline-{name}", settings, labels, few, trial)
        everything = torch.arange(len(labels))
        measured = Batches(self.photos[validation.source].images[validation.rows], self._labels(validation), 500,
                           self.run.device)  # fmt: skip
        final = training(everything, measured, self._baseline_setting, n_epochs, rounds or n_epochs)
        return fit(self.run, f"baseline-{name}", final)

    def _baseline_optimizer(self, parameters: list[nn.Parameter], setting: Setting) -> torch.optim.Optimizer:
        rate, decay = setting.learning_rate, setting.weight_decay
        if setting.muon_rate:
            reduced = resolve(self.config.precision, self.run.device) == "bfloat16"
            dtype = torch.bfloat16 if reduced else None
            muon: torch.optim.Optimizer = make_optimizer(parameters, "muon", rate, decay, setting.muon_rate, dtype)
            return muon
        return torch.optim.SGD(
            parameters, rate, momentum=0.9, weight_decay=decay, nesterov=True, fused=can_fuse(parameters)
        )

    def _few(self, labels: Tensor) -> Tensor:
        """Returns the samples that a sweep may use: all, or a class-balanced part where there are many."""
        return balanced(labels, min(self.config.sweep_labels, len(labels)), self.config.seed)

    def _labels(self, part: Part) -> Tensor:
        return self.photos[part.source].labels[part.rows]

    def _encoded(self, kind: str, part: Part, resolution: int) -> Tensor:
        """Returns the features (N, D) float32 of some photographs.

        They are always computed together and in this order, even after an interruption: their last bits depend on it.
        """
        key = kind, part.source, resolution, part.rows.numpy().tobytes()
        if key not in self._features:
            images = self.photos[part.source].images[part.rows]
            self._features[key] = features(self.encoders[kind](), images, self.run.device, resolution)
        return self._features[key]


def standardised(train: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Shifts and scales features so that each has mean 0 and variance 1 on the samples to train on.

    Args:
        train: (N, D) float32.
        others: (M, D) float32, shifted and scaled by the same numbers.
    """
    deviation, mean = torch.std_mean(train, dim=0, correction=0)
    return tuple((part - mean) / (deviation + 1e-5) for part in (train, others))  # type: ignore[return-value]


def label_curve(study: Study, shares: tuple[float, ...]) -> list[Outcome]:
    """Measures with given shares of the training labels, class-balanced; a smaller share is part of a larger one."""
    labels = study.photos["train"].labels
    test = Part("test", torch.arange(len(study.photos["test"].labels)))
    outcomes = []
    for share in sorted(shares):
        chosen = balanced(labels, round(share * len(labels)), study.config.seed)
        outcomes.append(study.measure(f"{100 * share:g}%", Part("train", chosen), test, rounds=4))
    return outcomes


def log_curve(run: Run, outcomes: list[Outcome]) -> None:
    """Writes a line of metrics for each set of training labels, the step being how many labels it has."""
    phase = run.phase("labels")
    if phase.done:
        return
    phase.resume()
    for outcome in outcomes:
        values: dict[str, float] = {}
        for kind in ("probe", "control", "baseline"):
            accuracy = getattr(outcome, kind).val_accuracy[-1]
            values[kind] = accuracy
            values[f"{kind}_half_width"] = 1.96 * math.sqrt(accuracy * (1 - accuracy) / outcome.n_validation)
        run.log("labels", outcome.n_train, values)
    phase.save(done=True)
