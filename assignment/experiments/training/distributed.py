"""Training in several processes at once, one for each GPU: this joins those that `torchrun` starts.

    torchrun --standalone --nproc-per-node 4 -m experiments simclr --preset paper

Each process (a "rank") holds the whole network and computes its part of every step. Only rank 0 writes files, prints,
and goes on to measure what was trained. In a single process all of this does nothing.
Next: `parallel.py`, what the networks exchange.
"""

from __future__ import annotations

import datetime
import functools
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch
import torch.distributed as dist

from experiments.training.errors import Mistake

Result = TypeVar("Result")

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")  # torchrun sets them
COMMAND = "torchrun --standalone --nproc-per-node N -m experiments …"
TIMEOUT = datetime.timedelta(minutes=30)  # how long the others wait for rank 0 to validate


@dataclass(frozen=True)
class World:
    """The processes that train together, as one of them sees them. Alone, each method does the obvious.

    Where a method says so, every process has to call it, at the same point of its work.

    Attributes:
        rank: this process: 0, …, size-1.
        size: how many processes there are.
        local_rank: this process among those on its machine.
        local_size: how many processes there are on its machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this is rank 0, which writes files and prints."""
        return self.rank == 0

    def seed(self, seed: int) -> int:
        """Returns this process's own seed; the seed itself on rank 0."""
        return seed + 1_000_000_007 * self.rank

    def part(self, n: int) -> slice:
        """Returns which of the n images of a batch are this process's.

        Raises:
            Mistake: they cannot be divided equally.
        """
        if n % self.size:
            raise Mistake(
                f"a batch of {n} photographs cannot be divided equally among {self.size} processes: "
                f"give a --batch-size that {self.size} divides."
            )
        return slice(self.rank * n // self.size, (self.rank + 1) * n // self.size)

    def agree(self, wish: bool) -> bool:
        """Returns whether `wish` is true in any process; all have to call it."""
        if self.size == 1:
            return wish
        flag = torch.tensor([int(wish)])
        dist.all_reduce(flag, dist.ReduceOp.MAX)
        return bool(flag)

    def collect(self, value: Result) -> list[Result]:
        """Returns the value of each rank; all have to call it. It waits for the slowest."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def first(self, work: Callable[[], Result]) -> Result:
        """Does the work on rank 0, returns its result, or raises its Mistake, on every rank; all have to call it."""
        if self.size == 1:
            return work()
        answer: list[Any] = [None, None]
        if self.is_main:
            try:
                answer[0] = work()
            except Mistake as mistake:
                answer[1] = str(mistake)
        dist.broadcast_object_list(answer, src=0)
        if answer[1] is not None:
            raise Mistake(answer[1])
        result: Result = answer[0]
        return result


def world_from(variables: Mapping[str, str]) -> World:
    """Returns the world that the environment variables of torchrun describe; without them the process is alone.

    Raises:
        Mistake: they are incomplete, or are not numbers.
    """
    if not {"RANK", "LOCAL_RANK"} & variables.keys():
        return World()
    missing = [name for name in VARIABLES if name not in variables]
    if missing:
        given = next(name for name in ("RANK", "LOCAL_RANK") if name in variables)
        raise Mistake(
            f"{given} is set in the environment, but not {', '.join(missing)}: start several processes with "
            f"`{COMMAND}`, or unset {given} for a single one."
        )
    try:
        rank, size, local_rank, local_size = (int(variables[name]) for name in VARIABLES[:4])
    except ValueError:
        values = ", ".join(f"{name}={variables[name]}" for name in VARIABLES[:4])
        raise Mistake(f"torchrun sets numbers, but the environment has {values}: start with `{COMMAND}`.") from None
    return World(rank, size, local_rank, local_size)


def join(name: Literal["auto", "cpu", "cuda", "mps"]) -> tuple[World, torch.device]:
    """Joins the other processes, if torchrun has started any, and returns what this one computes on.

    It can be called again. From the first time on, only rank 0 prints.

    Args:
        name: `auto` takes a GPU if there is one; each process of a machine has its own.
    """
    _launcher()
    world = world_from(os.environ)
    device = pick_device(name, world)
    if world.size > 1 and not dist.is_initialized():
        # What is on the CPU (who stops, what is saved) goes through gloo, what is on the GPU through NCCL.
        with_nccl = device.type == "cuda" and dist.is_nccl_available()
        try:
            store, rank, size = next(dist.rendezvous("env://", timeout=TIMEOUT))  # type: ignore[attr-defined]
            # With --max-restarts, torchrun keeps the addresses of the processes that died: these are new ones.
            restarts = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
            store = dist.PrefixStore(restarts, store)  # type: ignore[attr-defined]
            backends = "cpu:gloo,cuda:nccl" if with_nccl else "gloo"
            dist.init_process_group(backends, store=store, rank=rank, world_size=size, timeout=TIMEOUT)
        except (RuntimeError, ValueError) as error:  # DistError is a RuntimeError
            where = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
            reason = str(error).splitlines()[0].rstrip(".")
            raise Mistake(
                f"process {world.rank} of {world.size} found no other process at {where} ({reason})."
            ) from None
        if not world.is_main:
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - to the end of the process
    return world, device


def leave() -> None:
    """Ends the work together; rank 0 does what is left as if it had been alone from the start."""
    if dist.is_initialized():
        main = dist.get_rank() == 0
        dist.destroy_process_group()
        if main:
            for name in VARIABLES:
                os.environ.pop(name, None)


def pick_device(name: str, world: World) -> torch.device:
    """Returns the device of that name, or for `auto` the best there is; with several GPUs, the process's own."""
    alone = world.size == 1
    available = {"cuda": torch.cuda.is_available(), "mps": alone and torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available[name]:
        there = ", ".join(kind for kind, there in available.items() if there)
        several = "" if alone else f" for {world.size} processes"
        raise Mistake(f"--device {name} was asked for, but torch finds only: {there}{several}.")
    if name == "cuda" and not alone:
        n_gpus = torch.cuda.device_count()
        if world.local_size > n_gpus:
            raise Mistake(
                f"torchrun started {world.local_size} processes on a machine with {n_gpus} GPUs, and each process "
                f"needs its own: give --nproc-per-node {n_gpus}, or --device cpu."
            )
        torch.cuda.set_device(world.local_rank)
        return torch.device("cuda", world.local_rank)
    return torch.device(name)


@functools.cache
def _launcher() -> int:
    """Returns the process that started this one."""
    return os.getppid()


def orphaned() -> bool:
    """Tells whether torchrun has gone and left this process behind, as it does after `kill -9`."""
    return "TORCHELASTIC_RUN_ID" in os.environ and os.getppid() != _launcher()


def lost_another(error: BaseException) -> bool:
    """Tells whether an error only says that some other process has ended."""
    text = str(error)
    return isinstance(error, dist.DistError) or (
        isinstance(error, RuntimeError) and ("gloo" in text.lower() or "NCCL" in text or "closed by peer" in text)
    )
