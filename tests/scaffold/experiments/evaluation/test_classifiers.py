"""Classifiers: features computed once are enough, batches and crops, and how a sweep chooses."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import small_runs
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("reference")


def test_training_the_probe_on_features_equals_training_it_on_images() -> None:
    from experiments.evaluation.classifiers import Batches, features
    from stages.linear_eval import Classifier, freeze, train_classifier
    from torch import nn

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    encoder(torch.rand(20, 3, 8, 8))  # moves the statistics of batch normalisation
    images = torch.randint(256, (50, 3, 8, 8), dtype=torch.uint8)
    labels = torch.randint(4, (50,))
    cpu = torch.device("cpu")
    histories = []
    for network, inputs in ((encoder, images), (nn.Identity(), features(encoder, images, cpu))):
        torch.manual_seed(1)
        probe = Classifier(freeze(network), 6, 4)
        train = Batches(inputs[:40], labels[:40], 16, cpu, seed=5)
        validation = Batches(inputs[40:], labels[40:], 16, cpu)
        optimizer = torch.optim.Adam([p for p in probe.parameters() if p.requires_grad], lr=0.1)
        histories.append(train_classifier(probe, train, validation, optimizer, 4, lambda step, values: None))
    for slow, fast in zip(*histories, strict=True):
        assert fast == pytest.approx(slow, abs=1e-5)


def test_crops_are_parts_of_the_image_with_a_border_of_zeros() -> None:
    from experiments.evaluation.classifiers import crop_and_flip

    torch.manual_seed(0)
    images = torch.rand(40, 3, 6, 6) + 1
    padded = torch.nn.functional.pad(images, [2] * 4)
    mirrored = 0
    for image, whole in zip(crop_and_flip(images, 2), padded, strict=True):
        windows = whole.unfold(1, 6, 1).unfold(2, 6, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)  # (25, 3, 6, 6)
        straight, turned = ((windows == view).flatten(1).all(1).any() for view in (image, image.flip(2)))
        assert straight or turned
        mirrored += bool(turned)
    assert 8 <= mirrored <= 32


def test_each_epoch_has_an_order_of_its_own_with_every_sample_in_it() -> None:
    from experiments.evaluation.classifiers import Batches

    batches = Batches(torch.arange(10.0)[:, None], torch.arange(10), 4, torch.device("cpu"), seed=2)
    orders = []
    for epoch in (0, 1, 0):
        batches.epoch = epoch
        seen = list(batches)
        assert [len(labels) for _, labels in seen] == [4, 4, 2]
        assert len(batches) == 3
        assert all(torch.equal(inputs[:, 0].long(), labels) for inputs, labels in seen)
        orders.append(torch.cat([labels for _, labels in seen]).tolist())
    assert sorted(orders[0]) == list(range(10))
    assert orders[0] != orders[1]
    assert orders[0] == orders[2]


def test_images_reach_the_network_as_fractions() -> None:
    from experiments.evaluation.classifiers import Batches, to_float

    white = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert next(iter(Batches(white, torch.zeros(1).long(), 1, torch.device("cpu"))))[0].unique().tolist() == [1.0]
    assert to_float(torch.tensor([-2.5])).tolist() == [-2.5]


def test_an_epoch_may_be_several_passes() -> None:
    from experiments.evaluation.classifiers import Batches

    batches = Batches(torch.arange(10.0)[:, None], torch.arange(10), 4, torch.device("cpu"), seed=2, passes=3)
    labels = torch.cat([labels for _, labels in batches])
    assert len(batches) == 9
    assert labels.bincount().tolist() == [3] * 10
    single = Batches(torch.arange(10.0)[:, None], torch.arange(10), 4, torch.device("cpu"), seed=2)
    orders = []
    for single.epoch in range(3):
        orders.append(torch.cat([labels for _, labels in single]))
    assert torch.equal(labels, torch.cat(orders))


def test_a_sweep_sees_the_labels_allowed_and_measures_on_the_rest_of_them(tmp_path: Path, data_root: Path) -> None:
    from experiments.evaluation.classifiers import Batches, Setting, Training, choose

    labels = torch.arange(5).repeat_interleave(20)
    inputs = nn.functional.one_hot(labels, 5).float()
    allowed = torch.arange(0, 100, 2)
    seen: list[tuple[set[int], set[int]]] = []

    def trial(rows: Tensor, held: Tensor, setting: Setting) -> Training:
        seen.append((set(rows.tolist()), set(held.tolist())))
        cpu = torch.device("cpu")
        return Training(
            lambda: nn.Linear(5, 5),
            lambda parameters: torch.optim.SGD(parameters, lr=setting.learning_rate),
            Batches(inputs[rows], labels[rows], 10, cpu, seed=0),
            Batches(inputs[held], labels[held], 10, cpu),
            3,
        )

    settings = [Setting(1e-9, 0.0), Setting(1.0, 0.0), Setting(0.9, 0.0)]
    with small_runs.open_run(tmp_path, data_root) as run:
        assert choose(run, "toy", settings, labels, allowed, trial) == settings[1]
        for rows, held in seen:
            assert rows | held == set(allowed.tolist())
            assert not rows & held
            assert labels[list(held)].bincount().tolist() == [2] * 5
        lines = run.metrics("sweep-toy")
        assert [line["learning_rate"] for line in lines] == [1e-9, 1.0, 0.9]
        assert lines[0]["val_accuracy"] < lines[1]["val_accuracy"] == lines[2]["val_accuracy"] == 1.0
        assert choose(run, "toy", settings, labels, allowed, trial) == settings[1]
        assert len(seen) == 3, "a finished sweep is not done again"


def test_few_labels_are_split_several_times_to_choose(tmp_path: Path, data_root: Path) -> None:
    """A setting that one division favours loses to the one that is better over all of them."""
    from experiments.evaluation.classifiers import Batches, Setting, Training, choose

    labels = torch.arange(5).repeat_interleave(20)
    parts: list[tuple[int, ...]] = []

    def trial(rows: Tensor, held: Tensor, setting: Setting) -> Training:
        assert not set(rows.tolist()) & set(held.tolist())
        if tuple(held.tolist()) not in parts:
            parts.append(tuple(held.tolist()))
        first = tuple(held.tolist()) == parts[0]
        right = 20 if first == (setting.weight_decay == 1) else 8 if first else 0  # of 20, all or nearly half or none
        outputs = nn.functional.one_hot((labels[held] + (torch.arange(20) >= right)) % 5, 5).float()
        cpu = torch.device("cpu")
        train, measured = Batches(torch.zeros(20, 5), labels[held], 20, cpu), Batches(outputs, labels[held], 20, cpu)
        same = nn.Linear(5, 5, bias=False)
        nn.init.eye_(same.weight)
        return Training(lambda: same, lambda parameters: torch.optim.SGD(parameters, 0.0), train, measured, 1)

    settings = [Setting(0.1, 1.0), Setting(0.1, 2.0)]
    with small_runs.open_run(tmp_path, data_root) as run:
        assert choose(run, "once", settings, labels, torch.arange(100), trial) == settings[0]
        assert choose(run, "often", settings, labels, torch.arange(100), trial, n_splits=4) == settings[1]
        assert len(parts) == 4
        assert [line["val_accuracy"] for line in run.metrics("sweep-often")] == pytest.approx([0.25, 0.85])


def test_every_group_of_an_optimizer_falls_from_a_peak_of_its_own(tmp_path: Path, data_root: Path) -> None:
    from experiments.evaluation.classifiers import Batches, Setting, Training, choose, fit

    labels, rates = torch.arange(4).repeat(5), []
    cpu = torch.device("cpu")

    def optimize(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        optimizer = torch.optim.SGD([{"params": parameters[:1], "lr": 0.4}, {"params": parameters[1:], "lr": 0.1}])
        optimizer.register_step_pre_hook(lambda *_: rates.append([group["lr"] for group in optimizer.param_groups]))
        return optimizer

    batches = Batches(torch.randn(20, 3), labels, 10, cpu, seed=0), Batches(torch.randn(20, 3), labels, 10, cpu)
    training = Training(lambda: nn.Linear(3, 4), optimize, *batches, 2)
    expected = [0.5 * (1 + math.cos(math.pi * step / 4)) for step in range(4)]
    with small_runs.open_run(tmp_path, data_root) as run:
        fit(run, "toy", training)
        assert rates == [pytest.approx([0.4 * part, 0.1 * part]) for part in expected]
        rates.clear()
        choose(run, "toy", [Setting(0.4, 0.0, 0.1)], labels, torch.arange(20), lambda *_: training)
        assert rates == [pytest.approx([0.4 * part, 0.1 * part]) for part in expected]
