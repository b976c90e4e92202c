"""Probe, control and baseline on sets of labels: what they see, and that no choice sees what is measured in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_runs
import torch
from torch import Tensor, nn

pytestmark = pytest.mark.usefixtures("reference")


def test_the_probe_may_choose_to_see_photographs_enlarged(tmp_path: Path, data_root: Path) -> None:
    """An encoder that says the class only at 40 x 40: the sweep finds it, and no photograph is encoded twice."""
    from experiments.data.cifar10 import CIFAR_TRAIN, Photos, cifar10
    from experiments.evaluation.label_efficiency import Part, Study

    train = cifar10(data_root, CIFAR_TRAIN)
    rows = torch.arange(100)
    images = (train.labels[rows, None, None, None] * 25).byte().expand(-1, 3, 32, 32).clone()
    encoded: list[tuple[int, int]] = []

    class Picky(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            encoded.append((inputs.shape[-1], len(inputs)))
            level = (inputs.mean((1, 2, 3)) * 255 / 25).round().long()
            return nn.functional.one_hot(level if inputs.shape[-1] == 40 else 0 * level, 512).float()

    values = {"probe_resolutions": (32, 40, 48), "probe_learning_rates": (0.1,), "probe_weight_decays": (0.01,)}
    with small_runs.open_run(tmp_path, data_root, **values, probe_epochs=5) as run:
        study = Study(run, run.config, {"train": Photos(images, train.labels[rows])}, {"probe": Picky})
        history = study._probe("probe", "toy", Part("train", rows[:80]), Part("train", rows[80:]))
        assert history.val_accuracy[-1] == 1.0
        assert [line["resolution"] for line in run.metrics("sweep-probe-toy")] == [32, 40, 48]
    counts = {size: sum(n for other, n in encoded if other == size) for size in (32, 40, 48)}
    assert counts == {32: 80, 40: 100, 48: 80}


def test_the_network_from_scratch_may_choose_muon(tmp_path: Path, data_root: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TRAIN, cifar10
    from experiments.evaluation.classifiers import Setting
    from experiments.evaluation.label_efficiency import Part, Study

    train = cifar10(data_root, CIFAR_TRAIN)
    part = Part("train", torch.arange(50))
    values = {"baseline_learning_rates": (), "baseline_muon_rates": (0.05, 0.06), "baseline_max_epochs": 60}
    with small_runs.open_run(tmp_path, data_root, **values) as run:

        def scratch() -> nn.Module:
            layers = nn.Conv2d(3, 8, 8, 8, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(4)
            return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 512))

        study = Study(run, run.config, {"train": train}, dict.fromkeys(("probe", "untrained", "baseline"), scratch))
        study.measure("toy", part, part)
        lines = run.metrics("sweep-baseline-toy")
        assert [line["muon_rate"] for line in lines] == [0.05, 0.06]
        assert run.metrics("baseline-toy")[-1]["val_accuracy"] > 0.4
        made = study._baseline_optimizer(list(scratch().parameters()), Setting(1e-3, 0.0, 0.05))
        assert sorted(len(group["params"]) for group in made.param_groups) == [1, 4]


def test_no_choice_depends_on_what_is_measured_in_the_end(tmp_path: Path, data_root: Path) -> None:
    """The same run with other test labels and photographs chooses, and trains, the same."""
    from experiments.data.cifar10 import CIFAR_TEST, CIFAR_TRAIN, Photos, cifar10
    from experiments.evaluation.label_efficiency import Study, label_curve

    train, test = (cifar10(data_root, files) for files in (CIFAR_TRAIN, CIFAR_TEST))
    others = Photos(test.images.flip(3), (test.labels + 3) % 10)
    flat = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 512))
    values = {"baseline_learning_rates": (1e-3, 1e-2), "baseline_max_epochs": 2, "baseline_min_epochs": 1}
    found = []
    for number, measured in enumerate((test, others)):
        with small_runs.open_run(tmp_path / str(number), data_root, **values) as run:
            encoders = dict.fromkeys(("probe", "untrained", "baseline"), lambda: flat)
            study = Study(run, run.config, {"train": train, "test": measured}, encoders)
            outcomes = label_curve(study, (0.5,))
            assert (outcomes[0].protocol, outcomes[0].n_train, outcomes[0].n_validation) == ("50%", 50, 60)
            sweeps = [run.metrics(f"sweep-{kind}-50%") for kind in ("probe", "untrained")]
            state = run.phase("probe-50%").state
            found.append((sweeps, state["history"][0], state["truth"].tolist()))
            right = (state["predictions"] == state["truth"]).float().mean().item()
            assert right == pytest.approx(outcomes[0].probe.val_accuracy[-1])
        flat.requires_grad_(True)
    assert found[0][:2] == found[1][:2]
    assert found[0][2] != found[1][2]


def test_features_are_standardised_by_the_samples_to_train_on() -> None:
    from experiments.evaluation.label_efficiency import standardised

    torch.manual_seed(0)
    train, others = torch.randn(50, 4) * 7 + 3, torch.randn(20, 4)
    one, other = standardised(train, others)
    assert torch.allclose(one.mean(0), torch.zeros(4), atol=1e-5)
    assert torch.allclose(one.var(0, correction=0), torch.ones(4), atol=1e-4)
    assert torch.allclose(other, (others - train.mean(0)) / train.std(0, correction=0), atol=1e-4)
