"""Train a Prototypical Network on Omniglot and test it as the paper does (Snell et al. 2017, section 3.1).

    python -m experiments protonet --preset smoke|cpu|paper

It reads the drawings once, turns each character into four classes, trains on random episodes, and classifies the
queries of 1,000 test episodes in each setting. Next: `evaluation.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from stages.episodes import Episode, sample_episode
from stages.omniglot import rotate_classes
from stages.protonet import ConvEncoder, ProtoNet, train_protonet
from torch import Tensor

from experiments import cli, data, evaluation, parallel
from experiments.checkpoint import seed_everything
from experiments.errors import Mistake
from experiments.precision import MixedPrecision, Precision, resolve
from experiments.protonet_report import write_report
from experiments.run import Options, Run, reproduce


@dataclass(frozen=True)
class ProtoNetConfig:
    """What to train and how to test it.

    Attributes:
        seed: of the weights, the episodes and the random split.
        protocol: `paper` for the split of Vinyals et al., `homework` for background against evaluation alphabets.
        image_size: height and width of the drawings, in pixels.
        rotations: whether quarter turns of a character are classes of their own, in training and in the test.
        include_validation: train on the validation characters too, as for the paper's final figures.
        hidden_channels: filters of the encoder's first three blocks.
        embedding_channels: filters of its last block.
        n_way: classes of a training episode.
        n_support: labelled images of each class in a training episode.
        n_query: queries of each class in a training episode.
        n_episodes: training episodes, one step of Adam each. Under torchrun every process draws its own episode for
            a step, which takes the mean of their gradients: as many steps, each of more episodes.
        learning_rate: Adam's, at the start.
        halve_every: episodes after which the learning rate is halved, again and again.
        validate_every: episodes between two validations, which also write a checkpoint.
        validation_episodes: episodes of a validation (5-way, 1-shot and 5-shot).
        test_ways: classes of a test episode, one setting for each.
        test_shots: labelled images of each class in a test episode, one setting for each.
        test_queries: queries of each class in a test episode.
        test_episodes: test episodes in each setting.
        precision: of the convolutions in training; `auto` is bfloat16 where the hardware has it. Tests are in float32.
    """

    seed: int = 0
    protocol: Literal["paper", "homework"] = "paper"
    image_size: int = 28
    rotations: bool = True
    include_validation: bool = False
    hidden_channels: int = 64
    embedding_channels: int = 64
    n_way: int = 60
    n_support: int = 5
    n_query: int = 5
    n_episodes: int = 2400
    learning_rate: float = 1e-3
    halve_every: int = 600
    validate_every: int = 200
    validation_episodes: int = 200
    test_ways: tuple[int, ...] = (5, 20)
    test_shots: tuple[int, ...] = (1, 5)
    test_queries: int = 15
    test_episodes: int = 1000
    precision: Precision = "auto"


PRESETS = {
    "smoke": ProtoNetConfig(
        n_way=20, n_query=5, n_episodes=60, halve_every=40, validate_every=20, validation_episodes=50, test_episodes=200
    ),
    "cpu": ProtoNetConfig(),
    "paper": ProtoNetConfig(
        n_episodes=40_000, halve_every=2000, validate_every=500, include_validation=True, precision="float32"
    ),
}


def main(argv: Sequence[str]) -> Path | None:
    """Runs the experiment as the command line says and returns the report's path; None in processes after the first."""
    config, options, given = cli.parse(argv, "protonet", PRESETS, Options)
    root = data.data_root(options, data.OMNIGLOT)
    with Run("protonet", config, options, reproduce("protonet", given)) as run:
        split = data.omniglot(root, config.protocol, config.image_size, config.seed)
        check_sizes(config, split)
        model = train(run, config, split)
        if not run.goes_on():
            return None
        images, labels = _classes(split.test, config)
        settings = evaluation.evaluate(
            model.encoder, images, labels, config.test_ways, config.test_shots, config.test_queries,
            config.test_episodes, config.seed, run.device,
        )  # fmt: skip
        return write_report(run, config, split, model, build(run, config), images, labels, settings)


def build(run: Run, config: ProtoNetConfig) -> ProtoNet:
    """Returns the untrained network; the seed decides its weights."""
    seed_everything(config.seed)
    encoder = ConvEncoder(1, config.hidden_channels, config.embedding_channels)
    return ProtoNet(MixedPrecision(encoder, resolve(config.precision, run.device))).to(run.device)


def train(run: Run, config: ProtoNetConfig, split: data.OmniglotSplit) -> ProtoNet:
    """Trains from where the checkpoint stands, validating and saving every `validate_every` episodes."""
    model = build(run, config)
    phase = run.phase("train")
    if phase.done and phase.state:
        print(f"{run.directory}: trained already; the report is written anew (--fresh trains anew)")
        model.load_state_dict(phase.state["model"])
        return model
    images, labels = _classes(split.train, config)
    if config.include_validation:
        more, more_labels = _classes(split.validation, config)
        images, labels = torch.cat([images, more]), torch.cat([labels, more_labels + labels.max() + 1])
    generator = torch.Generator().manual_seed(run.world.seed(config.seed))
    optimizer = torch.optim.Adam(model.parameters(), lr=config.learning_rate)
    step = 0
    if state := phase.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generators"][run.world.rank])
        step = state["step"]
    example = sample_episode(images, labels, 2, 1, 1, torch.Generator())
    network = parallel.for_protonet(model, run.world, Episode(*(part.to(run.device) for part in example)))

    def save(done: bool = False) -> None:
        weights = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        phase.save(done, step=step, generators=run.world.collect(generator.get_state()), **weights)

    def episodes(until: int) -> Iterator[Episode]:
        nonlocal step
        while step < until and not run.stopping():
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * 0.5 ** (step // config.halve_every)
            episode = sample_episode(images, labels, config.n_way, config.n_support, config.n_query, generator)
            yield Episode(episode.support.to(run.device), episode.query.to(run.device))
            step += 1

    with run.stop, run.progress("train", config.n_episodes, step) as progress:
        while step < config.n_episodes:
            first = step

            def log(offset: int, values: dict[str, float], first: int = first) -> None:
                run.log("train", first + offset, values)
                progress.advance(f"loss {values['loss']:.3f}  accuracy {values['accuracy']:.3f}")

            until = min((step // config.validate_every + 1) * config.validate_every, config.n_episodes)
            train_protonet(network, episodes(until), optimizer, log)
            stopping = run.stopping()
            if step == first and not stopping:
                raise Mistake("train_protonet took no episode: run make check STAGE=protonet_training.")
            if step == until:
                values = run.world.first(lambda: validate(model, split.validation, config, run.device))
                run.log("validation", step, values)
                progress.say("  ".join(f"{name} {value:.2%}" for name, value in values.items()))
            save(done=step == config.n_episodes)
            if stopping:
                raise phase.interrupted()
    return model


def validate(model: ProtoNet, characters: data.Characters, config: ProtoNetConfig, device: torch.device) -> dict:
    """Returns the mean accuracies of 5-way episodes of the validation characters, unrotated."""
    embeddings = evaluation.embed(model.encoder, characters.images, device)
    n_way, n_drawings = min(5, len(characters.names)), int(characters.labels.bincount().min())
    values = {}
    for shots in (1, 5):
        n_query = min(10, n_drawings - shots)
        accuracies = evaluation.episode_accuracies(
            embeddings, characters.labels, n_way, shots, n_query, config.validation_episodes, config.seed
        )
        values[f"{n_way}-way {shots}-shot"] = sum(accuracies) / len(accuracies)
    return values


def check_sizes(config: ProtoNetConfig, split: data.OmniglotSplit) -> None:
    """Raises a Mistake if there are too few characters or drawings for the episodes that are asked for."""
    turns = 4 if config.rotations else 1
    for name, part, n_way, n_images in (
        ("training", split.train, config.n_way, config.n_support + config.n_query),
        ("test", split.test, max(config.test_ways), max(config.test_shots) + config.test_queries),
        ("validation", split.validation, 2, 6),
    ):
        n_classes, n_drawings = turns * len(part.names), int(part.labels.bincount().min())
        if n_classes < n_way or n_drawings < n_images:
            raise Mistake(
                f"a {name} episode needs {n_way} classes of {n_images} drawings, but there are {n_classes} classes of "
                f"{n_drawings}: ask for fewer ways, shots or queries."
            )


def _classes(characters: data.Characters, config: ProtoNetConfig) -> tuple[Tensor, Tensor]:
    """Returns the images and labels to draw episodes from: the characters, with their rotations if wanted."""
    if config.rotations:
        return rotate_classes(characters.images, characters.labels)
    return characters.images, characters.labels
