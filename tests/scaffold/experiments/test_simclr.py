"""The program for SimCLR, in parts: its augmentation, the paper's preset; `test_runs.py` runs the whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import small_runs
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("reference")


def test_every_preset_augments_with_the_stage_and_crops_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import experiments.simclr as program

    asked = []

    def stage(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
        asked.append((image_size, strength, min_area))
        return nn.Identity()

    monkeypatch.setattr(program, "simclr_augmentation", stage)
    for config in program.PRESETS.values():
        assert isinstance(program.make_augmentation(config, 24), nn.Identity)
    assert asked == [(24, 0.5, area) for area in (0.08, 0.2, 0.08)]


def test_a_stage_without_min_area_is_enough_for_the_papers_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    import experiments.simclr as program
    from experiments.training.errors import Mistake

    monkeypatch.setattr(program, "simclr_augmentation", lambda image_size=32, strength=0.5: nn.Identity())
    assert isinstance(program.make_augmentation(program.PRESETS["smoke"], 32), nn.Identity)
    with pytest.raises(
        Mistake, match=r"crops take at least 0\.2 of a photograph.*no parameter min_area.*give --min-area"
    ):
        program.make_augmentation(program.PRESETS["cpu"], 32)


def test_the_papers_preset_takes_steps(tmp_path: Path, data_root: Path) -> None:
    """Its network, optimiser, schedule and precision as they stand; only the batch and the epochs are small."""
    from experiments.data.cifar10 import CIFAR_TRAIN, cifar10
    from experiments.simclr import PRESETS, build, pretrain
    from experiments.training.optimizers import LARS, make_optimizer

    paper = PRESETS["paper"]
    assert paper.batch_size >= 512 and paper.stem == "cifar" and paper.min_area == 0.08
    values = {**dataclasses.asdict(paper), "batch_size": 8, "epochs": 2, "pretrain_images": 16, "warmup_epochs": 1}
    values |= {"precision": "bfloat16", "knn_every": 2, "knn_bank": 10, "knn_queries": 10}
    with small_runs.open_run(tmp_path, data_root, **values) as run:
        before = {name: value.clone() for name, value in build(run, run.config).state_dict().items()}
        model = pretrain(run, run.config, cifar10(data_root, CIFAR_TRAIN))
        optimizer = make_optimizer(list(model.parameters()), paper.optimizer, paper.learning_rate, paper.weight_decay)
        assert isinstance(optimizer, LARS)
        lines = run.metrics("pretrain")
        assert [line["learning_rate"] for line in lines] == pytest.approx([2.0, 4.0, 4.0, 2.0])
        assert all(0 < line["loss"] < 10 for line in lines)
        assert [line["step"] for line in run.metrics("knn")] == [0, 2]
        weight = model.encoder.network.conv1.weight
        assert weight.is_contiguous(memory_format=torch.channels_last)
        assert not torch.equal(weight, before["encoder.network.conv1.weight"])
