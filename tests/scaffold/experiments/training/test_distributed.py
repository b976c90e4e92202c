"""Training in several processes: what one process computes on a whole batch, two or three compute on its parts.

Real process groups (gloo, on this machine) of processes that stay up for all tests of this file, and the real torchrun,
whose processes are killed and stopped: see `groups.py` and `ranks.py`.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ranks
import small_runs
import torch
from groups import Ranks, Torchrun, alive

SIMCLR = [*small_runs.SIMCLR, "--pretrain-images", "32", "--stem", "imagenet"]

pytestmark = pytest.mark.usefixtures("reference")


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ranks]:
    """Three processes."""
    group = Ranks(3, tmp_path_factory.mktemp("ranks"))
    yield group
    group.close()


def close(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Asserts that two dictionaries of float64 tensors hold the same, but for rounding."""
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(
            one[name], other[name], rtol=1e-9, atol=1e-11, msg=lambda text, name=name: name + text
        )


@pytest.mark.parametrize(("size", "stepwise"), [(2, False), (2, True), (3, False)])
def test_simclr_on_parts_of_a_batch_is_simclr_on_the_batch(group: Ranks, size: int, stepwise: bool) -> None:
    model = ranks.simclr_model()
    alone = ranks.train_simclr_here(model, model, ranks.simclr_batches(), stepwise)
    assert len(set(alone["losses"])) == 3
    results = group.do("simclr", size, stepwise=stepwise)
    ends = [12 * rank // size for rank in range(size + 1)]
    assert [result["part"] for result in results] == [list(part) for part in itertools.pairwise(ends)]
    for result in results:
        assert result["losses"] == pytest.approx(alone["losses"], rel=1e-10)
        close(result["gradients"], alone["gradients"])
        close(result["weights"], alone["weights"])


@pytest.mark.parametrize("size", [2, 3])
def test_protonet_in_several_processes_takes_the_mean_of_their_episodes(group: Ranks, size: int) -> None:
    model, episodes = ranks.protonet_model(), ranks.episodes()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for first in range(0, len(episodes), size):
        own = [model.train()(episode).loss for episode in episodes[first : first + size]]
        optimizer.zero_grad()
        (sum(own) / size).backward()
        optimizer.step()
        losses.append([loss.item() for loss in own])
    expected = {name: parameter.detach() for name, parameter in model.named_parameters()}
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    for rank, result in enumerate(group.do("protonet", size)):
        assert result["losses"] == pytest.approx([step[rank] for step in losses], rel=1e-10)
        close(result["gradients"], gradients)
        close({name: result["weights"][name] for name in expected}, expected)


@pytest.mark.parametrize("size", [2, 3])
def test_a_world_agrees_collects_and_lets_rank_0_speak(group: Ranks, size: int) -> None:
    for rank, found in enumerate(group.do("world", size)):
        assert found["device"] == "cpu"
        assert found["prints"] == (rank == 0)
        assert found["agreed"] == [False, True, True]
        assert found["collected"] == [{"rank": rank} for rank in range(size)]
        assert found["first"]["from"] == 0
        assert found["first"]["tensor"].tolist() == [0, 1, 2]
        assert found["mistakes"][0] == "wrong."
        assert f"7 photographs cannot be divided equally among {size} processes" in found["mistakes"][1]
        assert found["after"] == (1 if rank == 0 else size)


def outcome(folder: Path, phase: str) -> tuple[bytes, dict[str, Any]]:
    """Returns what a run logged and its last checkpoint."""
    return (folder / "metrics.jsonl").read_bytes(), torch.load(folder / "checkpoints" / f"{phase}.pt")


@pytest.mark.parametrize(("experiment", "phase", "steps"), [("protonet", "train-1-shot", 9), ("simclr", "pretrain", 4)])
def test_two_processes_resume_bit_for_bit(
    experiment: str, phase: str, steps: int, group: Ranks, data_root: Path, tmp_path: Path
) -> None:
    options = small_runs.PROTONET if experiment == "protonet" else SIMCLR
    command = [experiment, "--data-root", str(data_root), *options, "--output"]
    whole = group.do("run", arguments=[*command, str(tmp_path / "whole")])
    assert [result["status"] for result in whole] == [0, 0]
    for done, orphaned in ((1, True), (2, False)):  # rank 1 stops both: torchrun has gone; it was asked to
        cut = group.do("run", arguments=[*command, str(tmp_path / "cut")], stop=[phase, done, 1], orphaned=orphaned)
        assert [(result["status"], result["steps"]) for result in cut] == [(130, done), (130, done)]
        sentence = f"stopped; the same command resumes from {tmp_path / 'cut' / experiment / 'checkpoints' / phase}.pt."
        assert [result["said"] for result in cut] == [f"experiments: {sentence}\n", ""]
    again = group.do("run", arguments=[*command, str(tmp_path / "cut")])
    assert [result["status"] for result in again] == [0, 0]
    (lines, state), (other_lines, other_state) = (outcome(tmp_path / n / experiment, phase) for n in ("whole", "cut"))
    assert lines.count(f'"{phase}"'.encode()) == steps
    assert lines == other_lines
    assert all(torch.equal(value, other_state["model"][name]) for name, value in state["model"].items())
    draws = [result["draw"] for result in whole]
    assert draws == [result["draw"] for result in again], "the random generators of each rank"
    assert draws[0] != draws[1], "ranks draw differently"


def test_what_the_processes_disagree_with_is_a_sentence(data_root: Path, tmp_path: Path, group: Ranks) -> None:
    command = ["simclr", "--data-root", str(data_root), "--output", str(tmp_path), *SIMCLR]
    done = group.do("run", 3, arguments=command)
    assert [result["status"] for result in done] == [2, 2, 2]
    sentence = (
        "a batch of 16 photographs cannot be divided equally among 3 processes: give a --batch-size that 3 divides."
    )
    assert [result["said"] for result in done] == [f"experiments: {sentence}\n", "", ""]
    done = group.do("run", 3, arguments=[*command, "--batch-size", "12", "--epochs", "1"])  # as it says
    assert [result["status"] for result in done] == [0, 0, 0], done[0]["said"]
    command = ["protonet", "--data-root", str(tmp_path / "nowhere"), "--output", str(tmp_path), *small_runs.PROTONET]
    done = group.do("run", arguments=command)
    assert [result["status"] for result in done] == [2, 2]
    assert [result["said"].count("\n") for result in done] == [1, 0]
    assert "is missing: run `make data`" in done[0]["said"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither process groups nor kill -9")
def test_processes_that_are_killed_or_stopped_go_on_bit_for_bit(group: Ranks, data_root: Path, tmp_path: Path) -> None:
    command = ["protonet", "--data-root", str(data_root), *small_runs.PROTONET, "--n-episodes", "60", "--output"]
    whole, torn = tmp_path / "whole" / "protonet", tmp_path / "torn" / "protonet"

    def steps() -> int:
        path = torn / "metrics.jsonl"
        return path.read_text().count('"train-1-shot"') if path.exists() else 0

    first = Torchrun(tmp_path / "first", [*command, str(torn.parent)])
    killed = first.started(0)
    first.wait(lambda: steps() > 9)
    os.kill(killed[1], signal.SIGKILL)
    first.started(1)
    first.wait(lambda: not any(map(alive, killed)))  # the other one has been ended
    first.wait(lambda: steps() > 14)
    os.killpg(first.process.pid, signal.SIGINT)  # as a terminal does
    said = first.end()
    assert said.count("another process ended; the same command resumes from the last checkpoint.") == 1
    checkpoint = torn / "checkpoints" / "train-1-shot.pt"
    assert said.count(f"experiments: stopped; the same command resumes from {checkpoint}.") == 1
    assert torch.load(checkpoint)["step"] == steps() > 14

    second = Torchrun(tmp_path / "second", [*command, str(torn.parent)])
    second.started(0)
    second.wait(lambda: steps() > 25)
    for number in second.started(0):
        os.kill(number, signal.SIGKILL)
    everyone = [second.process.pid, *second.started(1)]
    second.wait(lambda: steps() > 32)
    for number in everyone:  # as a cluster's scheduler does
        os.kill(number, signal.SIGTERM)
    said += second.end()
    assert said.count("experiments: stopped;") == 2
    assert "stopped at once" not in said
    assert not re.search(r'File ".*\bexperiments\b', said), said
    assert torch.load(checkpoint)["step"] == steps() > 32

    for output in (torn.parent, whole.parent):
        assert [result["status"] for result in group.do("run", arguments=[*command, str(output)])] == [0, 0]
    (lines, state), (other_lines, other_state) = (outcome(folder, "train-1-shot") for folder in (whole, torn))
    assert lines.count(b'"train-1-shot"') == 60
    assert lines == other_lines
    assert all(torch.equal(value, other_state["model"][name]) for name, value in state["model"].items())
