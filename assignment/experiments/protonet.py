"""Train Prototypical Networks on Omniglot and test them as the paper does (Snell et al. 2017, section 3.1).

    python -m experiments protonet --preset smoke|cpu|paper

It reads the images once, makes four classes of each character, trains on random episodes, and classifies the queries
of 1,000 test episodes in each setting. The paper trains one network for 1-shot and another one for 5-shot, and so does
the preset `paper`; in the short time of `cpu`, one network trained for 1-shot serves all settings. Next:
`data/distortion.py`, `evaluation/few_shot.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from stages.episodes import Episode, sample_episode
from stages.omniglot import rotate_classes
from stages.protonet import ConvEncoder, ProtoNet, train_protonet
from torch import Tensor, nn

from experiments.analysis.protonet import collect
from experiments.data.distortion import Distortion
from experiments.data.omniglot import OMNIGLOT, Characters, OmniglotSplit, omniglot
from experiments.data.root import data_root
from experiments.evaluation import few_shot
from experiments.reports.protonet.report import draw, summarise
from experiments.reports.record import Record
from experiments.training import artifacts, parallel
from experiments.training.checkpoint import seed_everything
from experiments.training.config import parse
from experiments.training.errors import Mistake
from experiments.training.optimizers import cosine, make_optimizer
from experiments.training.precision import MixedPrecision, Precision, resolve
from experiments.training.run import Options, Run, reproduce
from experiments.training.steps import Steps


@dataclass(frozen=True)
class ProtoNetConfig:
    """What to train and how to test it."""

    seed: int = 0
    """seed of the weights, the episodes and the random split."""
    protocol: Literal["paper", "homework"] = "paper"
    """`paper` for the split of Vinyals et al., `homework` for background against evaluation alphabets."""
    image_size: int = 28
    """height and width of the images, in pixels."""
    rotations: bool = True
    """whether rotations of a character by quarter turns are classes of their own, in training and in the test."""
    include_validation: bool = True
    """train on the validation characters too, as for the paper's final figures."""
    hidden_channels: int = 64
    """filters of the encoder's first three blocks."""
    embedding_channels: int = 64
    """filters of the encoder's last block."""
    n_way: int = 60
    """classes of a training episode."""
    train_shots: tuple[int, ...] = (1,)
    """labelled images of each class in a training episode; several numbers train a network for each. A test setting
    uses the network whose number is nearest to its own."""
    n_query: int = 5
    """queries of each class in a training episode."""
    n_episodes: tuple[int, ...] = (10_000,)
    """training episodes of each network, or one number for all; one step each. Under torchrun each process draws an
    episode of its own for a step, which takes the mean of their gradients: the number of steps stays the same, with
    more episodes."""
    optimizer: Literal["adam", "muon"] = "muon"
    """`adam` as in the paper; `muon` for the filters, with Adam for what is not a filter."""
    learning_rate: float = 1e-2
    """Adam's peak learning rate."""
    muon_rate: float = 0.02
    """Muon's peak learning rate: how far a step rotates the filters."""
    schedule: Literal["cosine", "halving"] = "cosine"
    """`cosine` warms the learning rate up, then lets it fall to 0; `halving` is the paper's."""
    warmup_episodes: int = 100
    """episodes over which the learning rate rises, if it falls along a cosine."""
    halve_every: int = 2000
    """the schedule `halving` halves the learning rate every so many episodes."""
    distorted: float = 0.8
    """share of the training images that are randomly distorted, as follows; the others stay as they are."""
    turn: float = 10.0
    """the largest angle, in degrees, by which an image is rotated."""
    scale: float = 0.15
    """the largest change of its width and height, as a fraction."""
    shear: float = 0.15
    """the largest slant, as a fraction of its height."""
    shift: float = 2.0
    """the largest shift, in pixels."""
    validate_every: int = 500
    """training episodes between validations; each also writes a checkpoint."""
    validation_episodes: int = 200
    """episodes of a validation in each setting (5-way and 20-way, 1-shot and 5-shot)."""
    test_ways: tuple[int, ...] = (5, 20)
    """classes of a test episode, one setting for each."""
    test_shots: tuple[int, ...] = (1, 5)
    """labelled images of each class in a test episode, one setting for each."""
    test_queries: int = 15
    """queries of each class in a test episode."""
    test_episodes: int = 1000
    """test episodes in each setting."""
    precision: Precision = "auto"
    """precision of the convolutions in training; `auto` is bfloat16 where the hardware has it. Tests are in float32."""


PRESETS = {
    "smoke": ProtoNetConfig(
        include_validation=False, n_way=20, n_episodes=(60,), warmup_episodes=5, validate_every=20,
        validation_episodes=50, test_episodes=200,
    ),
    "cpu": ProtoNetConfig(),
    "paper": ProtoNetConfig(
        train_shots=(1, 5), n_episodes=(40_000,), optimizer="adam", learning_rate=1e-3, schedule="halving",
        distorted=0.0, validate_every=1000, precision="float32",
    ),
}  # fmt: skip


def main(argv: Sequence[str]) -> Path | None:
    """Runs the experiment as the command line says and returns the report's path; None in all ranks but 0."""
    config, options, given = parse(argv, "protonet", PRESETS, Options)
    root = data_root(options, OMNIGLOT)
    with Run("protonet", config, options, reproduce("protonet", given)) as run:
        split = omniglot(root, config.protocol, config.image_size, config.seed)
        lengths = check_sizes(config, split)
        models = {shots: train(run, config, split, shots, length) for shots, length in lengths.items()}
        if not run.goes_on():
            return None
        images, labels = _classes(split.test, config)
        settings = []
        for trained, model in models.items():
            shots = [k for k in config.test_shots if trained == min(models, key=lambda other: abs(other - k))]
            settings += few_shot.evaluate(
                model.encoder, images, labels, config.test_ways, shots, config.test_queries,
                config.test_episodes, config.seed, run.device, f"{trained}-shot",
            )  # fmt: skip
        settings.sort(key=lambda setting: setting[:2])
        first = models[min(models)]
        summarise(run, split, settings)
        n_way = min(10, max(config.test_ways))
        shown = collect(first, build(run, config), split, images, labels, n_way, config.seed, run.device)
        artifacts.save(run.directory, shown)
        return draw(Record(run.directory), PRESETS)


def build(run: Run, config: ProtoNetConfig) -> ProtoNet:
    """Returns the untrained network; the seed decides its weights."""
    seed_everything(config.seed)
    encoder = ConvEncoder(1, config.hidden_channels, config.embedding_channels)
    distortion = Distortion(config.distorted, config.turn, config.scale, config.shear, config.shift)
    network = MixedPrecision(encoder, resolve(config.precision, run.device))
    return ProtoNet(nn.Sequential(distortion, network)).to(run.device)


def train(run: Run, config: ProtoNetConfig, split: OmniglotSplit, n_support: int, n_episodes: int) -> ProtoNet:
    """Trains a network from its last checkpoint, validating and saving every `validate_every` episodes."""
    name = f"{n_support}-shot"
    model = build(run, config)
    phase = run.phase(f"train-{name}")
    if phase.done and phase.state:
        print(f"{run.directory}: trained for {name} already (--fresh starts over)")
        model.load_state_dict(phase.state["model"])
        return model
    images, labels = training_images(split, config)
    generator = torch.Generator().manual_seed(run.world.seed(config.seed))
    parameters = list(model.parameters())
    optimizer = make_optimizer(parameters, config.optimizer, config.learning_rate, muon_rate=config.muon_rate)
    steps = Steps(run, phase.name, optimizer, [decay(config, step, n_episodes) for step in range(n_episodes)])
    if state := phase.resume():
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generators"][run.world.rank])
        steps.done = state["step"]
    example = draw_episode(images, labels, 2, 1, 1, torch.Generator(), run.device)
    network = parallel.for_protonet(model, run.world, example)

    with run.stop, steps.progress(f"train {name}") as progress:
        while steps.done < n_episodes:
            end = min((steps.done // config.validate_every + 1) * config.validate_every, n_episodes)
            sizes = config.n_way, n_support, config.n_query
            episodes = (draw_episode(images, labels, *sizes, generator, run.device) for _ in steps.until(end))
            train_protonet(network, episodes, optimizer, steps.log)
            stopping = run.stopping()
            if not steps.taken and not stopping:
                raise Mistake("train_protonet took no episode: run make check STAGE=protonet_training.")
            if steps.done == end:
                values = run.world.first(lambda: validate(model, split.validation, config, run.device))
                run.log(f"validation-{name}", steps.done, values)
                progress.say("  ".join(f"{setting} {value:.2%}" for setting, value in values.items()))
            phase.save(
                steps.done == n_episodes, model=model.state_dict(), optimizer=optimizer.state_dict(), step=steps.done,
                generators=run.world.collect(generator.get_state()),
            )  # fmt: skip
            if stopping:
                raise phase.interrupted()
    return model


def draw_episode(
    images: Tensor, labels: Tensor, n_way: int, n_support: int, n_query: int, generator: torch.Generator,
    device: torch.device,
) -> Episode:  # fmt: skip
    """Draws an episode with the stage `sample_episode` and puts it on the device."""
    episode = sample_episode(images, labels, n_way, n_support, n_query, generator)
    return Episode(episode.support.to(device), episode.query.to(device))


def decay(config: ProtoNetConfig, step: int, n_steps: int) -> float:
    """Returns the learning rate of a step, counted from 0, as a fraction of its peak."""
    if config.schedule == "halving":
        return 0.5 ** (step // config.halve_every)
    return cosine(step, n_steps, min(config.warmup_episodes, n_steps // 2))


def validate(model: ProtoNet, characters: Characters, config: ProtoNetConfig, device: torch.device) -> dict[str, float]:
    """Returns the mean accuracies of 5-way and 20-way episodes of the validation characters, unrotated."""
    embeddings = few_shot.embed(model.encoder, characters.images, device)
    n_images = int(characters.labels.bincount().min())
    values = {}
    for n_way in sorted({min(n, len(characters.names)) for n in (5, 20)}):
        for shots in (1, 5):
            n_query = min(10, n_images - shots)
            accuracies = few_shot.episode_accuracies(
                embeddings, characters.labels, n_way, shots, n_query, config.validation_episodes, config.seed
            )
            values[f"{n_way}-way {shots}-shot"] = sum(accuracies) / len(accuracies)
    return values


def check_sizes(config: ProtoNetConfig, split: OmniglotSplit) -> dict[int, int]:
    """Returns the number of episodes for each of `train_shots`.

    Raises:
        Mistake: there are too few characters or images for the requested episodes.
    """
    n_rotations = 4 if config.rotations else 1
    for name, part, n_way, needed in (
        ("training", split.train, config.n_way, max(config.train_shots) + config.n_query),
        ("test", split.test, max(config.test_ways), max(config.test_shots) + config.test_queries),
        ("validation", split.validation, 2, 6),
    ):
        n_classes, n_images = n_rotations * len(part.names), int(part.labels.bincount().min())
        if n_classes < n_way or n_images < needed:
            raise Mistake(
                f"a {name} episode needs {n_way} classes of {needed} images, but there are {n_classes} classes of "
                f"{n_images}: ask for fewer ways, shots or queries."
            )
    shots, lengths = config.train_shots, config.n_episodes
    if len(lengths) not in (1, len(shots)) or len(set(shots)) < len(shots):
        raise Mistake(
            f"--train-shots {' '.join(map(str, shots))} trains {len(shots)} networks, so --n-episodes takes one number "
            f"or {len(shots)}, not {len(lengths)}; and no shot may be given twice."
        )
    return dict(zip(shots, lengths * len(shots) if len(lengths) == 1 else lengths, strict=True))


def training_images(split: OmniglotSplit, config: ProtoNetConfig) -> tuple[Tensor, Tensor]:
    """Returns the images and labels to draw training episodes from."""
    images, labels = _classes(split.train, config)
    if not config.include_validation:
        return images, labels
    more, more_labels = _classes(split.validation, config)
    return torch.cat([images, more]), torch.cat([labels, more_labels + labels.max() + 1])


def _classes(characters: Characters, config: ProtoNetConfig) -> tuple[Tensor, Tensor]:
    """Returns the images and labels to draw episodes from: the characters, with their rotations if wanted."""
    if config.rotations:
        return rotate_classes(characters.images, characters.labels)
    return characters.images, characters.labels
