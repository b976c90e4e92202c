"""Pretrain with SimCLR on CIFAR-10, then compare a linear probe with training from scratch (Chen et al. 2020).

    python -m experiments simclr --preset smoke|cpu|paper

The encoder is pretrained on the training photographs without their labels. Then, under each protocol, two classifiers
are trained on the same labelled photographs: a linear layer on the frozen encoder, and the same network from scratch.
As a control, the linear layer is trained on the untrained encoder too. The same again with 1 % and 10 % of the labels.
Next: `evaluation/label_efficiency.py`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from stages.simclr import ProjectionHead, SimCLR, simclr_augmentation, train_simclr
from torch import Tensor, nn

from experiments.analysis.simclr import collect, mistakes
from experiments.data.cifar10 import CIFAR_TEST, CIFAR_TRAIN, Photos, cifar10
from experiments.data.root import data_root
from experiments.data.subsets import shuffled, to_float
from experiments.encoders import Stem, make_encoder
from experiments.evaluation.knn import KNN
from experiments.evaluation.label_efficiency import Outcome, Part, Study, label_curve, log_curve
from experiments.reports.record import Record
from experiments.reports.simclr.report import draw, summarise
from experiments.training import artifacts, parallel
from experiments.training.checkpoint import seed_everything
from experiments.training.config import parse
from experiments.training.errors import Mistake
from experiments.training.optimizers import Optimizer, cosine, make_optimizer
from experiments.training.precision import Precision, resolve
from experiments.training.run import Options, Run, reproduce

PAPERS_AREA = 0.08  # the smallest part of a photograph that the paper's crops take, and the stage's unless it is told


@dataclass(frozen=True)
class SimCLRConfig:
    """What to pretrain and how to measure it.

    Attributes:
        seed: of the weights, the order of the photographs and the divisions.
        stem: the first layers of ResNet-18: `cifar` as in the paper's appendix B.9, or `imagenet`, whose smaller maps
            take a small part of the time (`encoders.py`).
        hidden_dim: width of the projection head.
        out_dim: length of z, on which the loss is computed.
        strength: of the colour jitter.
        min_area: the smallest part of a photograph that a crop takes; the paper has 0.08.
        temperature: of the loss.
        batch_size: photographs in a batch of pretraining; the loss sees twice as many views. Under torchrun the
            processes divide the batch, and the loss still sees all of it.
        epochs: how often pretraining goes through the photographs.
        pretrain_images: how many of the training photographs pretraining sees; 0 for all.
        optimizer: of pretraining; `lars` is the paper's, `muon` trains the convolutions, with Adam for everything else.
        learning_rate: of pretraining, after the warmup; it falls to 0 along a cosine.
        muon_rate: Muon's learning rate, likewise: how far a step turns the filters.
        weight_decay: of pretraining.
        warmup_epochs: epochs over which the learning rate rises.
        knn_every: epochs of pretraining between measurements of the k-nearest-neighbour accuracy; 0 for none.
        knn_bank: labelled training photographs among which neighbours are sought.
        knn_queries: other training photographs, to classify.
        protocols: `homework`: labels from the test files, divided into training and validation; `standard`: labels
            from the training files, accuracy on the test files.
        homework_validation: the share of the labelled photographs on which the homework's protocol validates.
        label_shares: shares of the training labels with which to measure, too; the standard protocol has them all.
        sweep_labels: how many of the labels at most to use for choosing learning rates and weight decays.
        probe_epochs: how often the linear layer's training goes through the features.
        probe_batch_size: features in a batch.
        probe_learning_rates: of AdamW, to choose from; it falls to 0 along a cosine.
        probe_weight_decays: of AdamW, to choose from.
        probe_resolutions: heights and widths to choose from, to which photographs are scaled for the frozen encoder.
        baseline_seen: after how many photographs, repeated ones counted, the training from scratch is over.
        baseline_min_epochs: how often it sees each photograph all the same, where there are many.
        baseline_max_epochs: how often it sees each photograph at most, where there are few.
        baseline_batch_size: photographs in a batch of the training from scratch.
        baseline_learning_rates: of SGD with momentum 0.9, to choose from; it falls to 0 along a cosine.
        baseline_weight_decay: of SGD.
        baseline_muon_rates: of Muon, to choose from as well.
        baseline_augment: whether the training from scratch sees random crops and mirror images.
        precision: of the networks in training; `auto` is bfloat16 where the hardware has it. Tests are in float32.
    """

    seed: int = 0
    stem: Stem = "imagenet"
    hidden_dim: int = 512
    out_dim: int = 128
    strength: float = 0.5
    min_area: float = 0.2
    temperature: float = 0.2
    batch_size: int = 512
    epochs: int = 42
    pretrain_images: int = 0
    optimizer: Optimizer = "muon"
    learning_rate: float = 1e-3
    muon_rate: float = 0.06
    weight_decay: float = 1e-6
    warmup_epochs: float = 0.5
    knn_every: int = 1
    knn_bank: int = 4000
    knn_queries: int = 1000
    protocols: tuple[Literal["homework", "standard"], ...] = ("homework", "standard")
    homework_validation: float = 0.2
    label_shares: tuple[float, ...] = (0.01, 0.1)
    sweep_labels: int = 5000
    probe_epochs: int = 50
    probe_batch_size: int = 256
    probe_learning_rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2)
    probe_weight_decays: tuple[float, ...] = (1.0, 10.0)
    probe_resolutions: tuple[int, ...] = (32, 40, 48)
    baseline_seen: int = 200_000
    baseline_min_epochs: int = 6
    baseline_max_epochs: int = 200
    baseline_batch_size: int = 256
    baseline_learning_rates: tuple[float, ...] = (0.03, 0.1)
    baseline_weight_decay: float = 5e-4
    baseline_muon_rates: tuple[float, ...] = (0.02, 0.05)
    baseline_augment: bool = True
    precision: Precision = "auto"


PRESETS = {
    "smoke": SimCLRConfig(
        min_area=0.08, temperature=0.5, batch_size=64, epochs=3, knn_bank=150, knn_queries=50,
        label_shares=(0.1,), probe_epochs=30, probe_batch_size=64, probe_learning_rates=(1e-3, 3e-3),
        probe_weight_decays=(0.01,), probe_resolutions=(32,), baseline_seen=1000, baseline_min_epochs=2,
        baseline_max_epochs=6, baseline_learning_rates=(0.01, 0.03), baseline_muon_rates=(0.03,),
    ),
    "cpu": SimCLRConfig(),
    # Batch, rate, decay and temperature are those that the authors give for CIFAR-10 with their code, whose rate of
    # 1.0 is for batches of 256 and grows with them (github.com/google-research/simclr).
    "paper": SimCLRConfig(
        stem="cifar", min_area=0.08, temperature=0.5, batch_size=1024, epochs=1000, optimizer="lars",
        learning_rate=4.0, weight_decay=1e-4, warmup_epochs=10, knn_every=10, knn_bank=20_000, knn_queries=5_000,
        probe_epochs=100, baseline_seen=10_000_000, baseline_min_epochs=200, baseline_max_epochs=1000,
        baseline_learning_rates=(0.03, 0.1, 0.3), baseline_muon_rates=(),
    ),
}  # fmt: skip


def main(argv: Sequence[str]) -> Path | None:
    """Runs the experiment as the command line says and returns the report's path; None in processes after the first."""
    config, options, given = parse(argv, "simclr", PRESETS, Options)
    root = data_root(options, (*CIFAR_TRAIN, *CIFAR_TEST))
    with Run("simclr", config, options, reproduce("simclr", given)) as run:
        train, test = cifar10(root, CIFAR_TRAIN), cifar10(root, CIFAR_TEST)
        model = pretrain(run, config, train)
        if not run.goes_on():
            return None
        outcomes = compare(run, config, model, train, test)
        summarise(run, config.pretrain_images or len(train.images), outcomes)
        augmentation = make_augmentation(config, test.images.shape[-1])
        shown = collect(model, build(run, config), test, augmentation, config.seed, run.device)
        shown["confusion"] = mistakes(run, config.protocols)
        artifacts.save(run.directory, shown)
        return draw(Record(run.directory), PRESETS)


def build(run: Run, config: SimCLRConfig) -> SimCLR:
    """Returns the untrained model; the seed decides its weights."""
    seed_everything(config.seed)
    head = ProjectionHead(512, config.hidden_dim, config.out_dim)
    return SimCLR(make_encoder(config.stem, resolve(config.precision, run.device)), head).to(run.device)


def pretrain(run: Run, config: SimCLRConfig, photos: Photos) -> SimCLR:
    """Pretrains from where the checkpoint stands on the images of photos, saving after each epoch.

    Their labels are only used to say how good the encoder is on the way.
    """
    model = build(run, config)
    phase = run.phase("pretrain")
    if phase.done and phase.state:
        print(f"{run.directory}: pretrained already (--fresh starts over)")
        model.load_state_dict(phase.state["model"])
        return model
    images = photos.images[: config.pretrain_images or None].to(run.device)
    steps_per_epoch = len(images) // config.batch_size
    n_steps = config.epochs * steps_per_epoch
    warmup = math.ceil(config.warmup_epochs * steps_per_epoch)
    if not steps_per_epoch:
        raise Mistake(f"a batch of {config.batch_size} needs more than the {len(images)} photographs there are.")
    optimizer = make_optimizer(
        list(model.parameters()), config.optimizer, config.learning_rate, config.weight_decay, config.muon_rate,
        torch.bfloat16 if resolve(config.precision, run.device) == "bfloat16" else None,
    )  # fmt: skip
    peaks = [group["lr"] for group in optimizer.param_groups]
    augmentation = make_augmentation(config, images.shape[-1]).to(run.device)
    knn = KNN(*photos, config.knn_bank, config.knn_queries, config.seed, run.device)
    step = 0
    if state := phase.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    mine = run.world.part(config.batch_size)  # of each batch
    network = parallel.for_simclr(model, run.world, mine.stop - mine.start, to_float(images[:2]))

    def save() -> None:
        last = step == n_steps
        state = {"model": model.state_dict(), "step": step}
        phase.save(done=last, **state, **({} if last else {"optimizer": optimizer.state_dict()}))

    def batches(epoch: int) -> Iterator[Tensor]:
        nonlocal step
        order = shuffled(len(images), config.seed, epoch).to(run.device)
        while step < (epoch + 1) * steps_per_epoch and not run.stopping():
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * cosine(step, n_steps, warmup)
            position = step % steps_per_epoch * config.batch_size
            yield to_float(images[order[position : position + config.batch_size][mine]])
            step += 1

    def measure() -> str:
        epoch, rest = divmod(step, steps_per_epoch)
        if rest or not config.knn_every or (epoch % config.knn_every and step < n_steps) or not run.world.is_main:
            return ""
        accuracy = knn.accuracy(model.encoder)
        run.log("knn", epoch, {"accuracy": accuracy})
        return f"  nearest neighbours {accuracy:.1%}"

    with run.stop, run.progress("pretrain", n_steps, step) as progress:
        if state is None:
            measure()
        while step < n_steps:
            first = step
            losses: list[float] = []

            def log(offset: int, values: dict[str, float], first: int = first, losses: list[float] = losses) -> None:
                rate = optimizer.param_groups[0]["lr"]
                run.log("pretrain", first + offset, {**values, "learning_rate": rate})
                losses.append(values["loss"])
                progress.advance(f"loss {values['loss']:.3f}")

            epoch = step // steps_per_epoch
            train_simclr(network, batches(epoch), augmentation, optimizer, config.temperature, log)
            stopping = run.stopping()
            if step == first and not stopping:
                raise Mistake("train_simclr took no batch: run make check STAGE=simclr_training.")
            accuracy = measure() if step > first else ""
            save()
            if step < n_steps and stopping:
                raise phase.interrupted()
            progress.say(f"epoch {epoch + 1}/{config.epochs}  loss {sum(losses) / len(losses):.3f}{accuracy}")
    return model


def make_augmentation(config: SimCLRConfig, image_size: int) -> nn.Module:
    """Returns the stage's augmentation: (B, 3, H, W) in [0, 1] -> (B, 3, S, S) in [0, 1].

    Raises:
        Mistake: the stage has no parameter `min_area`, and the run needs another than the paper's.
    """
    try:
        inspect.signature(simclr_augmentation).bind(image_size, config.strength, min_area=config.min_area)
    except TypeError:
        if config.min_area == PAPERS_AREA:
            return simclr_augmentation(image_size, config.strength)
        raise Mistake(
            f"this run crops {config.min_area:g} of a photograph at least, and simclr_augmentation in stages/simclr.py "
            f"has no parameter min_area: add it as in the docstring, or give --min-area {PAPERS_AREA}."
        ) from None
    return simclr_augmentation(image_size, config.strength, min_area=config.min_area)


def compare(run: Run, config: SimCLRConfig, model: SimCLR, train: Photos, test: Photos) -> list[Outcome]:
    """Trains probe, control and baseline with each share of the labels and under each protocol; returns the latter."""
    study = Study(
        run,
        config,
        {"train": train, "test": test},
        {
            "probe": lambda: model.encoder,
            "untrained": lambda: build(run, config).encoder,
            "baseline": lambda: make_encoder(config.stem, resolve(config.precision, run.device)),
        },
    )
    curve = label_curve(study, config.label_shares)
    outcomes = []
    for protocol in config.protocols:
        if protocol == "homework":
            order = torch.randperm(len(test.labels), generator=torch.Generator().manual_seed(config.seed))
            chosen, rest = order.tensor_split([len(order) - round(config.homework_validation * len(order))])
            parts = Part("test", chosen), Part("test", rest)
        else:
            parts = Part("train", torch.arange(len(train.labels))), Part("test", torch.arange(len(test.labels)))
        outcomes.append(study.measure(protocol, *parts))
    log_curve(run, curve + [outcome for outcome in outcomes if outcome.protocol == "standard"])
    return outcomes
