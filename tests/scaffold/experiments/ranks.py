"""A process that takes part in a process group, for `training/test_distributed.py`: it does one job after the other.

    python ranks.py FOLDER RANK     (jobs are lines of JSON on the standard input: {"job": …, "size": …, "port": …, …})

The result of a job goes to FOLDER/<rank>.pt; then the process prints "done", or the error in one line.

    torchrun … ranks.py FOLDER protonet …                (for `training/test_distributed.py`)

runs an experiment up to its report, with a pause after each step, and notes its process in FOLDER/<rank>-<restarts>.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parents[3]


class Encoder(nn.Module):
    """Has what matters in a ResNet: convolutions, batch normalisation, and statistics that depend on the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 5, 3, stride=2, bias=False), nn.BatchNorm2d(5), nn.ReLU(),
            nn.Conv2d(5, 7, 3), nn.BatchNorm2d(7), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(7, 6), nn.BatchNorm1d(6, momentum=None), nn.ReLU(),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


class Bent(nn.Module):
    """An augmentation without dice: the first view and the second one of an image always look the same."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return images.flip(3) * 0.5 if self.calls % 2 else images.square()


def simclr_model() -> nn.Module:
    """Returns a small SimCLR in float64, the same each time."""
    from stages.simclr import ProjectionHead, SimCLR

    torch.manual_seed(3)
    return SimCLR(Encoder(), ProjectionHead(6, 8, 4)).double()


def simclr_batches() -> Tensor:
    """Returns three batches of 12 images: (3, 12, 3, 9, 9)."""
    generator = torch.Generator().manual_seed(5)
    contrast = torch.linspace(0.1, 1, 12)[:, None, None, None]  # the halves of a batch have different statistics
    return torch.rand(3, 12, 3, 9, 9, dtype=torch.float64, generator=generator) * contrast


def train_simclr_here(model: nn.Module, network: nn.Module, batches: Tensor, stepwise: bool = False) -> dict[str, Any]:
    """Trains with the stage, or as someone might who calls the model for each view; returns losses and weights."""
    from stages.simclr import nt_xent_loss, train_simclr, two_views

    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    losses: list[float] = []
    if stepwise:
        network.train()
        augmentation = Bent()
        for images in batches:
            first, second = two_views(images, augmentation)
            loss = nt_xent_loss(network(first), network(second), 0.2)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    else:
        train_simclr(network, batches, Bent(), optimizer, 0.2, lambda step, values: losses.append(values["loss"]))
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    return {"losses": losses, "gradients": gradients, "weights": model.state_dict()}


def simclr_job(stepwise: bool = False) -> dict[str, Any]:
    """Trains on this rank's part of each batch."""
    from experiments.training import distributed, parallel

    world, _ = distributed.join("cpu")
    model, batches = simclr_model(), simclr_batches()
    part = world.part(12)
    network = parallel.for_simclr(model, world, part.stop - part.start, batches[0, :2])
    return train_simclr_here(model, network, batches[:, part], stepwise) | {"part": [part.start, part.stop]}


def episodes() -> list[Any]:
    """Returns six episodes of different content: rank r of R takes the episodes r, r + R, …"""
    from stages.episodes import Episode

    generator = torch.Generator().manual_seed(9)
    shapes = (3, 2, 1, 20, 20), (3, 4, 1, 20, 20)
    return [
        Episode(*(torch.rand(shape, dtype=torch.float64, generator=generator) for shape in shapes)) for _ in range(6)
    ]


def protonet_model() -> nn.Module:
    """Returns a small ProtoNet in float64, the same each time."""
    from stages.protonet import ConvEncoder, ProtoNet

    torch.manual_seed(4)
    return ProtoNet(ConvEncoder(1, 4, 5)).double()


def protonet_job() -> dict[str, Any]:
    """Trains on this rank's episodes with the stage."""
    from experiments.training import distributed, parallel
    from stages.protonet import train_protonet

    world, _ = distributed.join("cpu")
    model, mine = protonet_model(), episodes()[world.rank :: world.size]
    network = parallel.for_protonet(model, world, episodes()[0])
    losses: list[float] = []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    train_protonet(network, mine, optimizer, lambda step, values: losses.append(values["loss"]))
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    return {"losses": losses, "gradients": gradients, "weights": model.state_dict()}


def world_job() -> dict[str, Any]:
    """Asks for all that a world offers."""
    from experiments.training import distributed
    from experiments.training.errors import Mistake

    world, device = distributed.join("auto" if not torch.cuda.is_available() else "cpu")
    found: dict[str, Any] = {"device": device.type, "prints": sys.stdout.name != os.devnull}
    found["agreed"] = [world.agree(False), world.agree(world.rank == 1), world.agree(True)]
    found["collected"] = world.collect({"rank": world.rank})
    found["first"] = world.first(lambda: {"from": world.rank, "tensor": torch.arange(3)})

    def mistaken() -> None:
        raise Mistake("wrong.")

    for work in (lambda: world.first(mistaken), lambda: world.part(7)):
        try:
            work()
        except Mistake as mistake:
            found.setdefault("mistakes", []).append(str(mistake))
    distributed.leave()
    found["after"] = distributed.world_from(os.environ).size
    return found


def trained(arguments: list[str], after: Callable[[Any, str], None]) -> int:
    """Runs an experiment as the command line does, up to its report; `after(run, phase)` follows each line it logs."""
    from experiments.__main__ import main
    from experiments.training.run import Run

    log, goes_on = Run.log, Run.goes_on

    def logging(self: Run, phase: str, step: int, values: dict[str, float]) -> None:
        log(self, phase, step, values)
        after(self, phase)

    Run.log = logging  # type: ignore[method-assign]
    Run.goes_on = lambda self: goes_on(self) and False  # type: ignore[method-assign]
    try:
        return main(arguments)
    finally:
        Run.log, Run.goes_on = log, goes_on  # type: ignore[method-assign]


def run_job(arguments: list[str], stop: tuple[str, int, int] = ("", 0, 0), orphaned: bool = False) -> dict[str, Any]:
    """Trains; `stop` is (phase, step, rank): after that many steps of that phase, that rank is asked to stop.

    Or else, it finds that torchrun, which started it, has gone.
    """
    seen, said, launcher = [0], io.StringIO(), os.getppid

    def after(run: Any, phase: str) -> None:
        seen[0] += phase == stop[0]
        if (phase, seen[0], run.world.rank) == tuple(stop):
            run.stop.asked = not orphaned
            os.getppid = lambda: 1 if orphaned else launcher()

    os.environ |= {"TORCHELASTIC_RUN_ID": "test"} if orphaned else {}
    try:
        with contextlib.redirect_stderr(said):
            status = trained(arguments, after)
    finally:
        os.getppid = launcher
        os.environ.pop("TORCHELASTIC_RUN_ID", None)
    return {"status": status, "steps": seen[0], "draw": torch.rand(()).item(), "said": said.getvalue()}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "simclr": simclr_job,
    "protonet": protonet_job,
    "world": world_job,
    "run": run_job,
}


def main(folder: Path, rank: int) -> None:
    """Does jobs until the input ends."""
    channel, sys.stdout = sys.stdout, sys.stderr
    torch.set_num_threads(1)
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        size = order.pop("size")
        variables = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
        os.environ |= {name: str(value) for name, value in variables.items()}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(order.pop("port"))}
        try:
            result = JOBS[order.pop("job")](**order)
            torch.save(result, folder / f"{rank}.pt")
            answer = "done"
        except BaseException:
            answer = traceback.format_exc().replace("\n", " | ")
        finally:
            if torch.distributed.is_initialized():
                torch.distributed.destroy_process_group()
        print(answer, file=channel, flush=True)


def held(folder: Path, arguments: list[str]) -> int:
    """Trains so slowly that what happens can be chosen to happen in the middle."""
    (folder / f"{os.environ['RANK']}-{os.environ['TORCHELASTIC_RESTART_COUNT']}").write_text(str(os.getpid()))
    return trained(arguments, lambda run, phase: time.sleep(0.1))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "solutions"), str(ROOT / "assignment"), str(ROOT)]
    if sys.argv[2].isdigit():
        main(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        sys.exit(held(Path(sys.argv[1]), sys.argv[2:]))
