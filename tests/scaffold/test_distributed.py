"""Training in several processes: what one process computes on a whole batch, two compute on its halves.

Real process groups (gloo, on this machine) of processes that stay up for all tests of this file: see `ranks.py`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ranks
import torch

from data_stubs.cifar10 import write_cifar10
from data_stubs.omniglot import write_omniglot

ROOT = Path(__file__).resolve().parents[2]
PROTONET = [
    *("--n-way", "4", "--train-shots", "1", "--n-query", "3", "--n-episodes", "9", "--validate-every", "4"),
    *("--validation-episodes", "2", "--hidden-channels", "4", "--embedding-channels", "8", "--test-ways", "3"),
    *("--test-shots", "1", "--test-queries", "2", "--precision", "float32", "--threads", "1", "--device", "cpu"),
]
SIMCLR = [
    *("--epochs", "2", "--batch-size", "16", "--pretrain-images", "32", "--stem", "imagenet", "--warmup-epochs", "1"),
    *("--precision", "float32", "--threads", "1", "--device", "cpu"),
]


class Ranks:
    """Some processes that form a process group for each job."""

    def __init__(self, size: int, folder: Path):
        self.folder = folder
        self.processes = []
        for rank in range(size):
            command = [sys.executable, ranks.__file__, str(folder), str(rank), str(size)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            self.processes.append(subprocess.Popen(command, **pipes, text=True, bufsize=1, env=environment))

    def do(self, job: str, **arguments: Any) -> list[dict[str, Any]]:
        """Lets all do the job together and returns the result of each rank."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            order = {"job": job, "port": free.getsockname()[1], **arguments}
        for process in self.processes:
            print(json.dumps(order), file=process.stdin)
        answers = [process.stdout.readline().strip() for process in self.processes]  # type: ignore[union-attr]
        assert answers == ["done"] * len(answers), "\n".join(answers)
        return [torch.load(self.folder / f"{rank}.pt") for rank in range(len(answers))]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ranks]:
    """Two processes."""
    group = Ranks(2, tmp_path_factory.mktemp("ranks"))
    yield group
    group.close()


@pytest.fixture(scope="module", autouse=True)
def reference() -> Iterator[None]:
    """Makes `stages` the reference and `experiments` the given code, and takes both away again."""
    ours = ("stages", "experiments")
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ours}
    path = list(sys.path)
    threads = torch.get_num_threads()
    for name in before:
        del sys.modules[name]
    sys.path[:0] = [str(ROOT / "solutions"), str(ROOT / "assignment")]
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
    sys.modules.update(before)
    sys.path[:] = path
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny stand-ins of both data sets: 36 characters of 8 drawings, 100 + 60 photographs."""
    root = tmp_path_factory.mktemp("data")
    sizes = {"background_alphabets": 4, "evaluation_alphabets": 2, "characters_per_alphabet": 6, "drawings": 8}
    write_omniglot(root, image_size=28, **sizes)
    write_cifar10(root, train_per_class=10, test_per_class=6)
    return root


def close(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Asserts that two dictionaries of float64 tensors hold the same, but for rounding."""
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(
            one[name], other[name], rtol=1e-9, atol=1e-11, msg=lambda text, name=name: name + text
        )


@pytest.mark.parametrize("stepwise", [False, True])
def test_simclr_on_two_halves_of_a_batch_is_simclr_on_the_batch(two: Ranks, stepwise: bool) -> None:
    model = ranks.simclr_model()
    alone = ranks.train_simclr_here(model, model, ranks.simclr_batches(), stepwise)
    assert len(set(alone["losses"])) == 3
    results = two.do("simclr", stepwise=stepwise)
    assert [result["part"] for result in results] == [[0, 6], [6, 12]]
    for result in results:
        assert result["losses"] == pytest.approx(alone["losses"], rel=1e-10)
        close(result["gradients"], alone["gradients"])
        close(result["weights"], alone["weights"])


def test_protonet_in_two_processes_takes_the_mean_of_their_episodes(two: Ranks) -> None:
    model, episodes = ranks.protonet_model(), ranks.episodes()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for pair in zip(episodes[0::2], episodes[1::2], strict=True):
        both = [model.train()(episode).loss for episode in pair]
        optimizer.zero_grad()
        (sum(both) / 2).backward()
        optimizer.step()
        losses.append([loss.item() for loss in both])
    expected = {name: parameter.detach() for name, parameter in model.named_parameters()}
    results = two.do("protonet")
    for rank, result in enumerate(results):
        assert result["losses"] == pytest.approx([pair[rank] for pair in losses], rel=1e-10)
        close({name: result["weights"][name] for name in expected}, expected)


def test_a_world_agrees_collects_and_lets_rank_0_speak(two: Ranks) -> None:
    for rank, found in enumerate(two.do("world")):
        assert found["device"] == "cpu"
        assert found["prints"] == (rank == 0)
        assert found["agreed"] == [False, True, True]
        assert found["collected"] == [{"rank": 0}, {"rank": 1}]
        assert found["first"]["from"] == 0
        assert found["first"]["tensor"].tolist() == [0, 1, 2]
        assert found["mistakes"][0] == "wrong."
        assert "7 photographs cannot be divided equally among 2 processes" in found["mistakes"][1]
        assert found["after"] == (1 if rank == 0 else 2)


def outcome(folder: Path, phase: str) -> tuple[bytes, dict[str, Any]]:
    """Returns what a run logged and its last checkpoint."""
    return (folder / "metrics.jsonl").read_bytes(), torch.load(folder / "checkpoints" / f"{phase}.pt")


@pytest.mark.parametrize(("experiment", "phase", "steps"), [("protonet", "train-1-shot", 9), ("simclr", "pretrain", 4)])
def test_two_processes_resume_bit_for_bit(
    experiment: str, phase: str, steps: int, two: Ranks, data_root: Path, tmp_path: Path
) -> None:
    options = PROTONET if experiment == "protonet" else SIMCLR
    command = [experiment, "--data-root", str(data_root), *options, "--output"]
    whole = two.do("run", arguments=[*command, str(tmp_path / "whole")], stop=[phase, 99, 0])
    assert [result["status"] for result in whole] == [0, 0]
    halves = two.do("run", arguments=[*command, str(tmp_path / "halves")], stop=[phase, 3, 1])
    assert [(result["status"], result["steps"]) for result in halves] == [(130, 3), (130, 3)]  # rank 1 stops both
    again = two.do("run", arguments=[*command, str(tmp_path / "halves")], stop=[phase, 99, 0])
    assert [result["status"] for result in again] == [0, 0]
    (lines, state), (other_lines, other_state) = (
        outcome(tmp_path / n / experiment, phase) for n in ("whole", "halves")
    )
    assert lines.count(f'"{phase}"'.encode()) == steps
    assert lines == other_lines
    assert all(torch.equal(value, other_state["model"][name]) for name, value in state["model"].items())
    draws = [result["draw"] for result in whole]
    assert draws == [result["draw"] for result in again], "the random generators of each rank"
    assert draws[0] != draws[1], "ranks draw differently"


def test_what_the_processes_disagree_with_is_a_sentence(data_root: Path, tmp_path: Path, two: Ranks) -> None:
    command = ["simclr", "--data-root", str(data_root), "--output", str(tmp_path), *SIMCLR, "--batch-size", "15"]
    assert [result["status"] for result in two.do("run", arguments=command)] == [2, 2]
    command = ["protonet", "--data-root", str(tmp_path / "nowhere"), "--output", str(tmp_path), *PROTONET]
    assert [result["status"] for result in two.do("run", arguments=command)] == [2, 2]
