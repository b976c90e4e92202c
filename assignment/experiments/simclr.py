"""Pretrain with SimCLR on CIFAR-10, then compare a linear probe with training from scratch (Chen et al. 2020).

    python -m experiments simclr --preset smoke|cpu|paper

The encoder is pretrained on the training photographs without their labels. Then, under each protocol, two classifiers
are trained on the same labelled photographs: a linear layer on the frozen encoder, and the same network from scratch.
As a control, a linear layer is also trained on the untrained encoder. All this is repeated with 1 % and 10 % of the
labels.
Next: `evaluation/label_efficiency.py`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from stages.simclr import ProjectionHead, SimCLR, simclr_augmentation, train_simclr
from torch import nn

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
from experiments.training.steps import Steps

PAPERS_AREA = 0.08  # the smallest part of a photograph that a crop takes in the paper, and by default in the stage


@dataclass(frozen=True)
class SimCLRConfig:
    """What to pretrain and how to measure it."""

    seed: int = 0
    """seed of the weights, the order of the photographs and the validation splits."""
    stem: Stem = "imagenet"
    """the first layers of ResNet-18: `cifar` as in the paper's appendix B.9, or `imagenet`, whose smaller maps take a
    fraction of the time (`encoders.py`)."""
    hidden_dim: int = 512
    """width of the projection head."""
    out_dim: int = 128
    """length of z, on which the loss is computed."""
    strength: float = 0.5
    """strength of the colour jitter."""
    min_area: float = 0.2
    """the smallest part of a photograph that a crop takes; the paper has 0.08."""
    temperature: float = 0.2
    """temperature of the loss."""
    batch_size: int = 512
    """photographs in a batch of pretraining; the loss sees twice as many views. Under torchrun the processes divide the
    batch, and the loss still sees all of it."""
    epochs: int = 42
    """how many times pretraining iterates over the photographs."""
    pretrain_images: int = 0
    """how many of the training photographs pretraining sees; 0 for all."""
    optimizer: Optimizer = "muon"
    """the optimiser of pretraining; `lars` is the paper's, `muon` trains the convolutions, with Adam for the rest."""
    learning_rate: float = 1e-3
    """learning rate of pretraining, after the warmup; it falls to 0 along a cosine."""
    muon_rate: float = 0.06
    """Muon's learning rate, likewise: how far a step rotates the filters."""
    weight_decay: float = 1e-6
    """weight decay of pretraining."""
    warmup_epochs: float = 0.5
    """epochs over which the learning rate rises."""
    knn_every: int = 1
    """epochs of pretraining between measurements of the k-nearest-neighbour accuracy; 0 for none."""
    knn_bank: int = 4000
    """how many labelled training photographs to look for neighbours in."""
    knn_queries: int = 1000
    """how many other training photographs to classify."""
    protocols: tuple[Literal["homework", "standard"], ...] = ("homework", "standard")
    """`homework`: labels from the test files, split into training and validation; `standard`: labels from the
    training files, accuracy on the test files."""
    homework_validation: float = 0.2
    """the share of the labelled photographs that the protocol `homework` validates on."""
    label_shares: tuple[float, ...] = (0.01, 0.1)
    """shares of the training labels to measure with, too; the protocol `standard` uses all of them."""
    sweep_labels: int = 5000
    """how many labels, at most, to choose learning rates and weight decays with."""
    probe_epochs: int = 50
    """how many times the linear layer's training iterates over the features."""
    probe_batch_size: int = 256
    """features in a batch."""
    probe_learning_rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2)
    """learning rates of AdamW to choose from; each falls to 0 along a cosine."""
    probe_weight_decays: tuple[float, ...] = (1.0, 10.0)
    """weight decays of AdamW to choose from."""
    probe_resolutions: tuple[int, ...] = (32, 40, 48)
    """sizes to choose from, in pixels, to which photographs are scaled for the frozen encoder."""
    baseline_seen: int = 200_000
    """how many photographs, counting repeated ones, the training from scratch sees."""
    baseline_min_epochs: int = 6
    """how many times it sees each photograph at least, where there are many."""
    baseline_max_epochs: int = 200
    """how many times it sees each photograph at most, where there are few."""
    baseline_batch_size: int = 256
    """photographs in a batch of the training from scratch."""
    baseline_learning_rates: tuple[float, ...] = (0.03, 0.1)
    """learning rates of SGD with momentum 0.9 to choose from; each falls to 0 along a cosine."""
    baseline_weight_decay: float = 5e-4
    """weight decay of SGD."""
    baseline_muon_rates: tuple[float, ...] = (0.02, 0.05)
    """learning rates of Muon to choose from as well."""
    baseline_augment: bool = True
    """whether the training from scratch sees random crops and mirror images."""
    precision: Precision = "auto"
    """precision of the networks in training; `auto` is bfloat16 where the hardware has it. Tests are in float32."""


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
    """Runs the experiment as the command line says and returns the report's path; None in all ranks but 0."""
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
    """Pretrains on the images of `photos` from the last checkpoint, saving after each epoch.

    Their labels are only used to measure how good the encoder is along the way.
    """
    model = build(run, config)
    phase = run.phase("pretrain")
    if phase.done and phase.state:
        print(f"{run.directory}: pretrained already (--fresh starts over)")
        model.load_state_dict(phase.state["model"])
        return model
    images = photos.images[: config.pretrain_images or None].to(run.device)
    n_batches = len(images) // config.batch_size  # of an epoch
    if not n_batches:
        raise Mistake(f"a batch of {config.batch_size} needs more than the {len(images)} photographs there are.")
    n_steps, warmup = config.epochs * n_batches, math.ceil(config.warmup_epochs * n_batches)
    optimizer = make_optimizer(
        list(model.parameters()), config.optimizer, config.learning_rate, config.weight_decay, config.muon_rate,
        torch.bfloat16 if resolve(config.precision, run.device) == "bfloat16" else None,
    )  # fmt: skip
    steps = Steps(run, phase.name, optimizer, [cosine(step, n_steps, warmup) for step in range(n_steps)])
    augmentation = make_augmentation(config, images.shape[-1]).to(run.device)
    if state := phase.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        steps.done = state["step"]
    mine = run.world.part(config.batch_size)  # of each batch
    network = parallel.for_simclr(model, run.world, mine.stop - mine.start, to_float(images[:2]))
    knn = KNN(*photos, config.knn_bank, config.knn_queries, config.seed, run.device)

    with run.stop, steps.progress("pretrain") as progress:
        if state is None:
            measure(run, config, knn, model.encoder, 0)
        while steps.done < n_steps:
            epoch = steps.done // n_batches
            order = shuffled(len(images), config.seed, epoch)[: n_batches * config.batch_size].to(run.device)
            rows = order.view(n_batches, config.batch_size)[:, mine]
            batches = (to_float(images[rows[step % n_batches]]) for step in steps.until((epoch + 1) * n_batches))
            train_simclr(network, batches, augmentation, optimizer, config.temperature, steps.log)
            stopping = run.stopping()
            if not steps.taken and not stopping:
                raise Mistake("train_simclr took no batch: run make check STAGE=simclr_training.")
            ended = steps.taken and steps.done == (epoch + 1) * n_batches
            accuracy = measure(run, config, knn, model.encoder, epoch + 1) if ended else ""
            weights = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            if steps.done == n_steps:
                del weights["optimizer"]  # nothing resumes from here
            phase.save(steps.done == n_steps, step=steps.done, **weights)
            if stopping and steps.done < n_steps:
                raise phase.interrupted()
            loss = sum(steps.losses) / len(steps.losses)
            progress.say(f"epoch {epoch + 1}/{config.epochs}  loss {loss:.3f}{accuracy}")
    return model


def measure(run: Run, config: SimCLRConfig, knn: KNN, encoder: nn.Module, epoch: int) -> str:
    """Measures nearest neighbours after every `knn_every` epochs and the last one; returns what to print."""
    due = config.knn_every and (epoch % config.knn_every == 0 or epoch == config.epochs)
    if not due or not run.world.is_main:
        return ""
    accuracy = knn.accuracy(encoder)
    run.log("knn", epoch, {"accuracy": accuracy})
    return f"  nearest neighbours {accuracy:.1%}"


def make_augmentation(config: SimCLRConfig, image_size: int) -> nn.Module:
    """Returns the stage's augmentation: (B, 3, H, W) in [0, 1] -> (B, 3, S, S) in [0, 1].

    Raises:
        Mistake: the stage has no parameter `min_area`, and the run needs a value other than the paper's.
    """
    try:
        inspect.signature(simclr_augmentation).bind(image_size, config.strength, min_area=config.min_area)
    except TypeError:
        if config.min_area == PAPERS_AREA:
            return simclr_augmentation(image_size, config.strength)
        raise Mistake(
            f"this run's crops take at least {config.min_area:g} of a photograph, but simclr_augmentation in "
            f"stages/simclr.py has no parameter min_area: add it as in the docstring, or give --min-area {PAPERS_AREA}."
        ) from None
    return simclr_augmentation(image_size, config.strength, min_area=config.min_area)


def compare(run: Run, config: SimCLRConfig, model: SimCLR, train: Photos, test: Photos) -> list[Outcome]:
    """Trains probe, control and baseline on each share of the labels and by each protocol; returns the protocols'."""
    study = Study(
        run,
        config,  # type: ignore[arg-type]  # frozen: mypy takes the fields of a protocol to be writable
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
