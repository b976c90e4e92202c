"""LARS and Muon step as in their closed forms, several optimisers as each alone, rates along a cosine."""

from __future__ import annotations

import copy
import itertools
import math

import pytest
import torch
from torch import nn

pytestmark = pytest.mark.usefixtures("reference")


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


def test_the_learning_rate_warms_up_and_falls_to_zero() -> None:
    from experiments.evaluation.classifiers import cosine

    factors = [cosine(step, 20, 4) for step in range(20)]
    assert factors[:4] == [0.25, 0.5, 0.75, 1.0]
    assert factors[4] == 1.0
    assert all(later < earlier for earlier, later in itertools.pairwise(factors[4:]))
    assert 0 < factors[-1] < 0.02
