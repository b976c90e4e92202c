"""Where, how and with which code a run was made: what someone needs to get the same figures again."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from experiments.training.distributed import World, world_from
from experiments.training.preflight import NEEDS


def fingerprints(experiment: str) -> dict[str, str]:
    """Returns a hash of each stage file that the experiment's figures depend on: a run must not resume with others."""
    files = [Path(sys.modules[f"stages.{name}"].__file__ or "") for name in NEEDS[experiment]]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}


def describe(device: torch.device, world: World, command: str, data_note: str) -> dict[str, Any]:
    """Returns what may matter: command, versions, hardware, the revision of the code."""
    return {
        "command": command,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type,
        "processes": world.size,
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "platform": platform.platform(),
        "revision": _revision(),
        "data_note": data_note or os.environ.get("DATA_NOTE", ""),
    }


def _processor() -> str:
    """Returns the processor's name as its maker gives it, if the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _revision() -> str:
    """Returns the commit of the code, with a plus sign if files differ from it; empty outside a repository."""
    where = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "-C", str(where), "describe", "--always", "--dirty=+"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return commit.stdout.strip() if commit.returncode == 0 else ""


def reproduce(experiment: str, argv: list[str]) -> str:
    """Returns the command that does this run again, as one would type it."""
    stages = sys.modules.get("stages")
    folder = Path(stages.__file__).parents[1].name if stages and stages.__file__ else "assignment"
    path = "assignment" if folder == "assignment" else f"{folder}:assignment"
    world = world_from(os.environ)
    nodes = world.size // world.local_size
    machines = "--standalone" if nodes == 1 else f"--nnodes {nodes}"
    launcher = "python" if world.size == 1 else f"torchrun {machines} --nproc-per-node {world.local_size}"
    return f"PYTHONPATH={path} {launcher} -m experiments {experiment} {shlex.join(argv)}".strip()
