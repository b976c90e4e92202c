"""Pretrain with SimCLR on CIFAR-10, then compare a linear probe with training from scratch (Chen et al. 2020).

    python -m experiments simclr --preset smoke|cpu|paper

The encoder is pretrained on the training photographs without their labels. Then, under each protocol, two classifiers
are trained on the same labelled photographs: a linear layer on the frozen encoder, and the same network from scratch.
As a control, the linear layer is trained on the untrained encoder too.
Next: `classify.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from stages.linear_eval import History
from stages.simclr import ProjectionHead, SimCLR, resnet18_encoder, simclr_augmentation, train_simclr
from torch import Tensor, nn

from experiments import classify, cli, data
from experiments.augment import FusedAugmentation
from experiments.checkpoint import seed_everything
from experiments.errors import Mistake
from experiments.precision import MixedPrecision, Precision, resolve
from experiments.run import Options, Run, reproduce
from experiments.simclr_report import write_report


@dataclass(frozen=True)
class SimCLRConfig:
    """What to pretrain and how to measure it.

    Attributes:
        seed: of the weights, the order of the photographs and the divisions.
        stem: the first layers of ResNet-18: `cifar` as in the paper's appendix B.9; `imagenet` is 15 times faster.
        hidden_dim: width of the projection head.
        out_dim: length of z, on which the loss is computed.
        strength: of the colour jitter.
        augmentation: who augments in pretraining: `stage` the module of the stage `simclr_augmentation`, `fused` the
            same in fewer passes (`augment.py`).
        temperature: of the loss.
        batch_size: photographs in a batch of pretraining; the loss sees twice as many views.
        epochs: how often pretraining goes through the photographs.
        pretrain_images: how many of the training photographs pretraining sees; 0 for all.
        optimizer: of pretraining.
        learning_rate: of pretraining, after the warmup; it falls to 0 along a cosine.
        weight_decay: of pretraining.
        warmup_epochs: epochs over which the learning rate rises.
        protocols: `homework`: labels from the test files, divided into training and validation; `standard`: labels
            from the training files, accuracy on the test files.
        homework_validation: the share of the labelled photographs on which the homework's protocol validates.
        probe_epochs: how often the linear layer's training goes through the features.
        probe_batch_size: features in a batch.
        probe_learning_rate: of Adam; it falls to 0 along a cosine.
        baseline_epochs: how often the training from scratch goes through the photographs of the homework's protocol.
        baseline_epochs_standard: the same for the standard protocol, which has more photographs.
        baseline_batch_size: photographs in a batch of the training from scratch.
        baseline_learning_rate: of SGD with momentum 0.9; it falls to 0 along a cosine.
        baseline_augment: whether the training from scratch sees random crops and mirror images.
        precision: of the networks in training; `auto` is bfloat16 where the hardware has it. Tests are in float32.
    """

    seed: int = 0
    stem: Literal["cifar", "imagenet"] = "imagenet"
    hidden_dim: int = 512
    out_dim: int = 128
    strength: float = 0.5
    augmentation: Literal["stage", "fused"] = "fused"
    temperature: float = 0.5
    batch_size: int = 256
    epochs: int = 5
    pretrain_images: int = 0
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-6
    warmup_epochs: float = 0.5
    protocols: tuple[Literal["homework", "standard"], ...] = ("homework", "standard")
    homework_validation: float = 0.2
    probe_epochs: int = 50
    probe_batch_size: int = 256
    probe_learning_rate: float = 1e-3
    baseline_epochs: int = 12
    baseline_epochs_standard: int = 3
    baseline_batch_size: int = 128
    baseline_learning_rate: float = 0.05
    baseline_augment: bool = True
    precision: Precision = "auto"


PRESETS = {
    "smoke": SimCLRConfig(
        augmentation="stage", batch_size=64, epochs=3, probe_epochs=30, probe_batch_size=64, probe_learning_rate=3e-3,
        baseline_epochs=6, baseline_epochs_standard=2, baseline_learning_rate=0.01,
    ),
    "cpu": SimCLRConfig(),
    "paper": SimCLRConfig(
        stem="cifar", batch_size=1024, epochs=1000, optimizer="sgd", learning_rate=0.5, weight_decay=1e-4,
        warmup_epochs=10, probe_epochs=100, baseline_epochs=200, baseline_epochs_standard=200,
        baseline_learning_rate=0.1,
    ),
}  # fmt: skip


class Outcome(NamedTuple):
    """What one protocol gave.

    Attributes:
        protocol: "homework" or "standard".
        n_train, n_validation: labelled photographs to train on, and to measure on.
        probe: the linear layer on the pretrained encoder; the last value of `val_accuracy` is the result.
        control: the same on the untrained encoder: what pretraining has to beat to have been of use.
        baseline: the same network from scratch.
    """

    protocol: str
    n_train: int
    n_validation: int
    probe: History
    control: History
    baseline: History


def main(argv: Sequence[str]) -> Path:
    """Runs the experiment as the command line says and returns the report's path."""
    config, options, given = cli.parse(argv, "simclr", PRESETS, Options)
    root = data.data_root(options, (*data.CIFAR_TRAIN, *data.CIFAR_TEST))
    with Run("simclr", config, options, reproduce("simclr", given)) as run:
        train, test = data.cifar10(root, data.CIFAR_TRAIN), data.cifar10(root, data.CIFAR_TEST)
        model = pretrain(run, config, train.images)
        outcomes = [compare(run, config, protocol, model, train, test) for protocol in config.protocols]
        return write_report(run, config, model, build(run, config), train, test, outcomes)


def build_encoder(run: Run, config: SimCLRConfig) -> nn.Module:
    """Returns an untrained encoder: (B, 3, 32, 32) -> (B, 512)."""
    return MixedPrecision(resnet18_encoder(config.stem), resolve(config.precision, run.device))


def build(run: Run, config: SimCLRConfig) -> SimCLR:
    """Returns the untrained model; the seed decides its weights."""
    seed_everything(config.seed)
    head = ProjectionHead(512, config.hidden_dim, config.out_dim)
    return SimCLR(build_encoder(run, config), head).to(run.device)


def pretrain(run: Run, config: SimCLRConfig, images: Tensor) -> SimCLR:
    """Pretrains from where the checkpoint stands on images (N, 3, 32, 32) uint8, saving after each epoch."""
    model = build(run, config)
    phase = run.phase("pretrain")
    if phase.done and phase.state:
        print(f"{run.directory}: pretrained already (--fresh starts over)")
        model.load_state_dict(phase.state["model"])
        return model
    images = images[: config.pretrain_images or None].to(run.device)
    steps_per_epoch = len(images) // config.batch_size
    n_steps, warmup = config.epochs * steps_per_epoch, math.ceil(config.warmup_epochs * steps_per_epoch)
    if not steps_per_epoch:
        raise Mistake(f"a batch of {config.batch_size} needs more than the {len(images)} photographs there are.")
    optimizer = make_optimizer(model, config)
    augmentation = make_augmentation(config, images.shape[-1]).to(run.device)
    step = 0
    if state := phase.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]

    def save() -> None:
        last = step == n_steps
        state = {"model": model.state_dict(), "step": step}
        phase.save(done=last, **state, **({} if last else {"optimizer": optimizer.state_dict()}))

    def batches(epoch: int) -> Iterator[Tensor]:
        nonlocal step
        order = classify.shuffled(len(images), config.seed, epoch).to(run.device)
        while step < (epoch + 1) * steps_per_epoch and not run.stop.asked:
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * classify.cosine(step, n_steps, warmup)
            position = step % steps_per_epoch * config.batch_size
            yield classify.to_float(images[order[position : position + config.batch_size]])
            step += 1

    with run.stop, run.progress("pretrain", n_steps, step) as progress:
        while step < n_steps:
            first = step
            losses: list[float] = []

            def log(offset: int, values: dict[str, float], first: int = first, losses: list[float] = losses) -> None:
                run.log("pretrain", first + offset, values)
                losses.append(values["loss"])
                progress.advance(f"loss {values['loss']:.3f}")

            epoch = step // steps_per_epoch
            train_simclr(model, batches(epoch), augmentation, optimizer, config.temperature, log)
            if run.stop.asked:
                save()
                raise phase.interrupted()
            if step == first:
                raise Mistake("train_simclr took no batch: run make check STAGE=simclr_training.")
            progress.say(f"epoch {epoch + 1}/{config.epochs}  loss {sum(losses) / len(losses):.3f}")
            save()
    return model


def make_augmentation(config: SimCLRConfig, image_size: int) -> nn.Module:
    """Returns the augmentation of pretraining: (B, 3, H, W) in [0, 1] -> (B, 3, S, S) in [0, 1]."""
    if config.augmentation == "stage":
        return simclr_augmentation(image_size, config.strength)
    return FusedAugmentation(image_size, config.strength)


def make_optimizer(model: nn.Module, config: SimCLRConfig) -> torch.optim.Optimizer:
    """Returns the optimiser of pretraining."""
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            model.parameters(), lr=config.learning_rate, momentum=0.9, weight_decay=config.weight_decay
        )
    return torch.optim.Adam(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)


def compare(
    run: Run, config: SimCLRConfig, protocol: str, model: SimCLR, train: data.Photos, test: data.Photos
) -> Outcome:
    """Trains the probe, its control and the baseline on the same labelled photographs of one protocol."""
    if protocol == "homework":
        order = torch.randperm(len(test.labels), generator=torch.Generator().manual_seed(config.seed))
        chosen, rest = order.tensor_split([len(order) - round(config.homework_validation * len(order))])
        images, labels = (test.images[chosen], test.images[rest]), (test.labels[chosen], test.labels[rest])
        n_epochs = config.baseline_epochs
    else:
        images, labels = (train.images, test.images), (train.labels, test.labels)
        n_epochs = config.baseline_epochs_standard

    def encode(encoder: nn.Module) -> list[Tensor]:
        return [classify.features(encoder, part, run.device) for part in images]

    probe = classify.fit_probe(run, f"probe-{protocol}", lambda: encode(model.encoder), labels)
    control = classify.fit_probe(run, f"untrained-{protocol}", lambda: encode(build(run, config).encoder), labels)
    baseline = classify.fit_baseline(
        run, f"baseline-{protocol}", lambda: build_encoder(run, config), images, labels, n_epochs
    )
    return Outcome(protocol, len(labels[0]), len(labels[1]), probe, control, baseline)
