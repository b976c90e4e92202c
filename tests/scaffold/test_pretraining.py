"""What surrounds SimCLR: nearest neighbours, class-balanced choices, LARS, sweeps, small maps, the paper's preset."""

from __future__ import annotations

import copy
import dataclasses
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[2]


pytestmark = pytest.mark.usefixtures("reference")


def knn_by_loop(bank: Tensor, labels: Tensor, query: Tensor, k: int, temperature: float) -> int:
    """Lets the k nearest vote for the class of one query."""
    similarities = [float(query @ row / (query.norm() * row.norm())) for row in bank]
    votes: dict[int, float] = {}
    for place in sorted(range(len(bank)), key=lambda i: -similarities[i])[:k]:
        vote = math.exp(similarities[place] / temperature)
        votes[int(labels[place])] = votes.get(int(labels[place]), 0.0) + vote
    return max(votes, key=votes.__getitem__)


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.1), (7, 0.1), (7, 10.0), (50, 0.5)])
def test_nearest_neighbours_vote_as_in_a_loop(k: int, temperature: float) -> None:
    from experiments.evaluation.knn import knn_accuracy

    generator = torch.Generator().manual_seed(k)
    centres = torch.randn(4, 6, generator=generator).double()
    labels, truth = (torch.randint(4, (n,), generator=generator) for n in (23, 40))
    bank = centres[labels] + torch.randn(23, 6, generator=generator).double() * 1.5
    queries = (centres[truth] + torch.randn(40, 6, generator=generator).double()) * torch.rand(40, 1).double() * 9
    expected = [
        knn_by_loop(bank, labels, query, k, temperature) == int(true)
        for query, true in zip(queries, truth, strict=True)
    ]
    assert knn_accuracy(bank, labels, queries, truth, k, temperature) == pytest.approx(sum(expected) / 40)
    assert 0 < sum(expected) < 40


def test_measuring_neighbours_leaves_training_as_it_was() -> None:
    from experiments.evaluation.knn import KNN

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten()).train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    images = torch.randint(256, (60, 3, 8, 8), dtype=torch.uint8)
    knn = KNN(images, torch.arange(60) % 5, 30, 20, 3, torch.device("cpu"))
    assert not set(knn.bank.tolist()) & set(knn.queries.tolist())
    assert (len(knn.bank), len(knn.queries)) == (30, 12)  # a fifth of the photographs at most
    state = torch.get_rng_state()
    first = knn.accuracy(encoder)
    assert knn.accuracy(encoder) == first
    assert encoder.training and all(parameter.requires_grad for parameter in encoder.parameters())
    assert all(torch.equal(value, before[name]) for name, value in encoder.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_choices_are_balanced_seeded_and_nested() -> None:
    from experiments.data.subsets import balanced, held_out

    labels = torch.arange(7).repeat_interleave(30)
    chosen = balanced(labels, 70, seed=1)
    assert labels[chosen].bincount().tolist() == [10] * 7
    assert len(set(chosen.tolist())) == 70
    assert torch.equal(chosen, balanced(labels, 70, seed=1))
    assert not torch.equal(chosen, balanced(labels, 70, seed=2))
    few = balanced(labels, 18, seed=1)
    assert torch.equal(few, chosen[:18])
    assert sorted(labels[few].bincount().tolist()) == [2, 2, 2, 3, 3, 3, 3]
    uneven = torch.tensor([0] * 3 + [1] * 40)
    assert uneven[balanced(uneven, 10, seed=0)].bincount().tolist() == [3, 7]
    rows, held = held_out(labels, 0.2, seed=5)
    assert labels[held].bincount().tolist() == [6] * 7
    assert sorted([*rows.tolist(), *held.tolist()]) == list(range(210))


def test_lars_steps_as_in_closed_form() -> None:
    from experiments.training.optimizers import LARS

    weights = nn.Parameter(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))  # norm 5
    bias = nn.Parameter(torch.tensor([1.0, 2.0]))
    dead = nn.Parameter(torch.zeros(1, 2))  # norm 0: rate 1
    optimizer = LARS([weights, bias, dead], lr=2.0, momentum=0.5, weight_decay=0.1, trust=0.01)
    for parameter in (weights, bias, dead):
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    direction = torch.tensor([[1.3, 1.0], [1.0, 1.4]])  # gradient + 0.1 * weights
    velocity = 2.0 * 0.01 * 5.0 / direction.norm() * direction
    after = torch.tensor([[3.0, 0.0], [0.0, 4.0]]) - velocity
    assert torch.allclose(weights, after)
    assert torch.allclose(bias, torch.tensor([-1.0, 0.0])), "no decay and no adaptation of a bias"
    assert torch.allclose(dead, torch.full((1, 2), -2.0))
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    direction = 1.0 + 0.1 * after
    velocity = 0.5 * velocity + 0.01 * after.norm() / direction.norm() * direction
    assert torch.allclose(weights, after - velocity)
    assert torch.allclose(bias, torch.tensor([-3.0, -2.0])), "momentum: 0.5 * 2 + 1 * 1"
    other = LARS([weights, bias, dead], lr=1.0)
    other.load_state_dict(optimizer.state_dict())
    assert torch.equal(other.state[weights]["velocity"], optimizer.state[weights]["velocity"])


@pytest.mark.parametrize("shape", [(6, 3, 2, 2), (6, 20, 1, 1), (5, 1, 2, 2), (4, 4, 1, 1)])
def test_muon_turns_filters_alike_in_all_directions(shape: tuple[int, ...]) -> None:
    from experiments.training.optimizers import Muon, orthogonalised

    generator = torch.Generator().manual_seed(len(shape))
    weights = nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64))
    optimizer = Muon([weights], lr=0.05, momentum=0.5)
    velocity, expected = torch.zeros_like(weights), weights.detach().clone()
    for _ in range(3):
        gradient = torch.randn(shape, generator=generator, dtype=torch.float64)
        weights.grad = gradient.clone()
        optimizer.step()
        velocity = 0.5 * velocity + gradient
        turn = orthogonalised((gradient + 0.5 * velocity).flatten(1))
        sizes = torch.linalg.svdvals(turn)
        assert sizes.min() > 0.6 and sizes.max() < 1.3
        left, _, right = torch.linalg.svd((gradient + 0.5 * velocity).flatten(1), full_matrices=False)
        assert (turn - left @ right).norm() < 0.35 * turn.norm()
        expected = expected * math.sqrt(shape[0]) / expected.norm() - 0.05 * turn.view(shape)
        assert torch.allclose(weights, expected)


def test_muon_leaves_taps_alone_that_no_map_reaches() -> None:
    from experiments.training.optimizers import Muon

    torch.manual_seed(0)
    whole, middle = nn.Conv2d(5, 4, 3, padding=1, bias=False), nn.Conv2d(5, 4, 1, bias=False)
    before = whole.weight.detach().clone()
    middle.weight.data.copy_(before[:, :, 1:2, 1:2])
    for network in (whole, middle):
        pixels = torch.randn(8, 5, 1, 1, generator=torch.Generator().manual_seed(1))
        optimizer = Muon(network.parameters(), lr=0.1)
        for _ in range(2):
            network.zero_grad()
            network(pixels).square().sum().backward()
            optimizer.step()
    assert torch.allclose(whole.weight[:, :, 1:2, 1:2], middle.weight, atol=1e-6)
    assert not torch.allclose(whole.weight[:, :, 1, 1], before[:, :, 1, 1], atol=0.05)
    rest = torch.ones(3, 3, dtype=torch.bool)
    rest[1, 1] = False
    assert torch.equal(whole.weight[:, :, rest], before[:, :, rest])


def test_muon_trains_the_filters_and_adam_the_rest() -> None:
    from experiments.training.optimizers import make_optimizer

    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2))
    optimizer = make_optimizer(list(model.parameters()), "muon", 0.3, 0.07, 0.02)
    adam, muon = optimizer.param_groups
    assert [id(parameter) for parameter in muon["params"]] == [id(model[0].weight)]
    assert {id(p) for p in adam["params"]} | {id(model[0].weight)} == {id(p) for p in model.parameters()}
    assert (adam["lr"], adam["weight_decay"], muon["lr"]) == (0.3, 0.07, 0.02)
    assert type(make_optimizer(list(nn.Linear(2, 2).parameters()), "muon", 0.3)) is torch.optim.Adam


def test_optimizers_together_are_as_each_alone_and_go_on_from_their_state() -> None:
    from experiments.training.optimizers import Muon, Together

    def parts(tensors: list[nn.Parameter]) -> list[torch.optim.Optimizer]:
        return [torch.optim.Adam(tensors[:1], lr=0.1), Muon(tensors[1:], lr=0.2)]

    def step(tensors: list[nn.Parameter], optimizers: list[torch.optim.Optimizer], seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for tensor in tensors:
            tensor.grad = torch.randn(tensor.shape, generator=generator)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
            optimizer.step()

    first, second, third = (
        [nn.Parameter(torch.ones(4)), nn.Parameter(torch.eye(4)[:, :, None, None])] for _ in range(3)
    )
    alone, together = parts(first), Together(*parts(second))
    for seed in range(2):
        step(first, alone, seed)
        step(second, [together], seed)
    for tensor, saved in zip(third, second, strict=True):
        tensor.data.copy_(saved.data)
    resumed = Together(*parts(third))
    resumed.load_state_dict(copy.deepcopy(together.state_dict()))
    step(first, alone, 2)
    step(second, [together], 2)
    step(third, [resumed], 2)
    assert all(torch.equal(*pair) for pair in zip(first, second, strict=True))
    assert all(torch.equal(*pair) for pair in zip(first, third, strict=True))
    assert not torch.equal(first[1][:, :, 0, 0], torch.eye(4))
    together.zero_grad()
    assert all(tensor.grad is None for tensor in second)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2)])
def test_a_convolution_of_a_small_map_is_the_convolution(stride: int, height: int, width: int) -> None:
    from experiments.acceleration.small_convolutions import SmallMapConv, skip_padding, small_convolution

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3, stride, 1, bias=False)).double()
    maps = torch.randn(4, 3, height, width).double().requires_grad_()
    expected = network(maps)
    weight = network[0].weight
    gradients = torch.autograd.grad(expected.square().sum(), (maps, weight))
    names = list(network.state_dict())
    skip_padding(network)
    assert type(network[0]) is SmallMapConv and network[0].weight is weight
    assert list(network.state_dict()) == names
    found = network(maps)
    assert found.shape == expected.shape
    assert torch.allclose(found, expected)
    for one, other in zip(torch.autograd.grad(found.square().sum(), (maps, weight)), gradients, strict=True):
        assert torch.allclose(one, other)
    if height < 3:
        assert torch.equal(found, small_convolution(maps, weight, stride))


def test_small_maps_in_bfloat16_are_convolved_in_bfloat16() -> None:
    from experiments.acceleration.small_convolutions import skip_padding
    from experiments.training.precision import MixedPrecision

    torch.manual_seed(0)
    for side, stride in ((1, 1), (2, 1), (2, 2)):
        layer = nn.Conv2d(64, 16, 3, stride, 1, bias=False)
        images = torch.rand(2, 64, side, side)
        plain = layer(images)
        network = MixedPrecision(skip_padding(nn.Sequential(layer)), "bfloat16")
        rough = network(images)  # in training
        assert torch.allclose(rough, plain, atol=0.03) and not torch.equal(rough, plain)
        assert torch.allclose(network.eval()(images), plain, atol=1e-5)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 4, 3, padding=1),
        nn.Conv2d(4, 4, 3, padding=0, bias=False),
        nn.Conv2d(4, 4, 1, bias=False),
        nn.Conv2d(4, 4, 1, stride=2, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular", bias=False),
    ],
)
def test_other_convolutions_stay_what_they_are(convolution: nn.Conv2d) -> None:
    from experiments.acceleration.small_convolutions import skip_padding

    assert skip_padding(nn.Sequential(convolution))[0] is convolution  # type: ignore[index]


@pytest.mark.parametrize(("stem", "side"), [("cifar", 32), ("imagenet", 8)])
def test_a_stem_decides_how_fine_the_maps_are(stem: str, side: int) -> None:
    from experiments.encoders import make_encoder

    torch.manual_seed(0)
    encoder = make_encoder(stem, "float32")  # type: ignore[arg-type]
    shapes = []
    encoder.network.layer1.register_forward_hook(lambda module, inputs, output: shapes.append(output.shape))
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, 512)
    assert shapes == [(2, 64, side, side)]


def open_run(folder: Path, data_root: Path, **values: object):
    from experiments.simclr import SimCLRConfig
    from experiments.training.run import Options, Run

    config = dataclasses.replace(SimCLRConfig(precision="float32", probe_epochs=2), **values)  # type: ignore[arg-type]
    return Run("simclr", config, Options(output=folder, data_root=data_root, threads=1, device="cpu"), "test")


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
    with open_run(tmp_path, data_root) as run:
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


def test_few_labels_are_divided_several_times_to_choose(tmp_path: Path, data_root: Path) -> None:
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
    with open_run(tmp_path, data_root) as run:
        assert choose(run, "once", settings, labels, torch.arange(100), trial) == settings[0]
        assert choose(run, "often", settings, labels, torch.arange(100), trial, divisions=4) == settings[1]
        assert len(parts) == 4
        assert [line["val_accuracy"] for line in run.metrics("sweep-often")] == pytest.approx([0.25, 0.85])


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
    with open_run(tmp_path, data_root, **values, probe_epochs=5) as run:
        study = Study(run, run.config, {"train": Photos(images, train.labels[rows])}, {"probe": Picky})
        history = study._probe("probe", "toy", Part("train", rows[:80]), Part("train", rows[80:]))
        assert history.val_accuracy[-1] == 1.0
        assert [line["resolution"] for line in run.metrics("sweep-probe-toy")] == [32, 40, 48]
    counts = {size: sum(n for other, n in encoded if other == size) for size in (32, 40, 48)}
    assert counts == {32: 80, 40: 100, 48: 80}


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
    with open_run(tmp_path, data_root) as run:
        fit(run, "toy", training)
        assert rates == [pytest.approx([0.4 * part, 0.1 * part]) for part in expected]
        rates.clear()
        choose(run, "toy", [Setting(0.4, 0.0, 0.1)], labels, torch.arange(20), lambda *_: training)
        assert rates == [pytest.approx([0.4 * part, 0.1 * part]) for part in expected]


def test_the_network_from_scratch_may_choose_muon(tmp_path: Path, data_root: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TRAIN, cifar10
    from experiments.evaluation.classifiers import Setting
    from experiments.evaluation.label_efficiency import Part, Study

    train = cifar10(data_root, CIFAR_TRAIN)
    part = Part("train", torch.arange(50))
    values = {"baseline_learning_rates": (), "baseline_muon_rates": (0.05, 0.06), "baseline_max_epochs": 60}
    with open_run(tmp_path, data_root, **values) as run:

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
        with open_run(tmp_path / str(number), data_root, **values) as run:
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
    with pytest.raises(Mistake, match=r"crops 0\.2 of a photograph at least.*no parameter min_area.*give --min-area"):
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
    with open_run(tmp_path, data_root, **values) as run:
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


@pytest.mark.parametrize("kind", ["adam", "lars"])
def test_an_optimizer_holds_every_parameter_and_what_was_asked_for(kind: str) -> None:
    from experiments.training.optimizers import make_optimizer

    torch.manual_seed(0)
    model, same = nn.Linear(3, 2), nn.Linear(3, 2)
    same.load_state_dict(model.state_dict())
    found = make_optimizer(list(model.parameters()), kind, 0.3, 0.07)  # type: ignore[arg-type]
    assert type(found).__name__.lower() == kind
    assert [id(parameter) for parameter in found.param_groups[0]["params"]] == [id(p) for p in model.parameters()]
    assert (found.param_groups[0]["lr"], found.param_groups[0]["weight_decay"]) == (0.3, 0.07)
    if kind == "lars":
        return
    plain = torch.optim.Adam(same.parameters(), lr=0.3, weight_decay=0.07)
    for network, optimizer in ((model, found), (same, plain)):
        for factor in (1.0, -2.0):
            network.zero_grad()
            (factor * network(torch.ones(1, 3))).square().sum().backward()
            optimizer.step()
    assert torch.allclose(model.weight, same.weight, atol=1e-6)
