"""Whether a worker is as good as a fresh one after a stage, so that it may serve the next.

A fresh process for each stage costs more than most stages do. What a stage may leave behind is put back where that is
simple (modules, figures, the folder), and compared with the beginning where it is not (PyTorch's and Python's global
settings, threads, files). If anything differs, a fresh worker takes over. A submission that lies here
only spoils its own next stage.
"""

from __future__ import annotations

import gc
import importlib
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import torch
from torch.nn.modules import module as modules

from autograder.grading import sandbox

_HOOKS = [name for name in vars(modules) if name.startswith("_global_") and name.endswith("_hooks")]


def renewer(submission: Path, scratch: Path) -> Callable[[], bool]:
    """Returns a function that tidies up and says whether all is as it is now.

    Args:
        submission: its modules are forgotten, to be imported anew.
        scratch: is emptied.
    """
    before = _state()
    present = set(sys.modules)
    dice = torch.get_rng_state(), random.getstate(), numpy.random.get_state()

    def renew() -> bool:
        for name in [
            name for name, module in list(sys.modules.items()) if name not in present and _of(module, submission)
        ]:
            del sys.modules[name]
        importlib.invalidate_caches()
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close("all")
        gc.collect(1)
        for entry in os.scandir(scratch):
            if entry.is_dir(follow_symlinks=False):
                sandbox.remove(Path(entry.path))
            else:
                os.unlink(entry.path)
        torch.set_rng_state(dice[0])
        random.setstate(dice[1])
        numpy.random.set_state(dice[2])
        after = _state()
        return all(one is two or one == two for one, two in zip(before, after, strict=True))

    return renew


def _of(module: Any, submission: Path) -> bool:
    return (
        str(getattr(module, "__file__", None) or "").startswith(f"{submission}{os.sep}")
        or str(getattr(module, "__path__", "")).find(str(submission)) >= 0
    )


def _state() -> list[Any]:
    """What a stage could change for the next one."""
    root = logging.getLogger()
    matplotlib = sys.modules.get("matplotlib")
    return [
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_anomaly_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_num_threads(),
        torch.get_float32_matmul_precision(),
        torch.backends.mkldnn.enabled,
        str(torch._tensor_str.PRINT_OPTS),
        [len(getattr(modules, name)) for name in _HOOKS],
        threading.active_count(),
        dict(os.environ),
        os.getcwd(),
        list(sys.path),
        list(sys.meta_path),
        list(sys.path_hooks),
        (sys.stdout, sys.stderr, sys.stdin, sys.excepthook, sys.displayhook, sys.unraisablehook),
        (sys.getrecursionlimit(), sys.getswitchinterval(), gc.isenabled(), gc.get_threshold()),
        list(warnings.filters),
        (warnings.showwarning, list(root.handlers), root.level, root.disabled, logging.root.manager.disable),
        [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)],
        signal.getitimer(signal.ITIMER_REAL),
        locale.setlocale(locale.LC_ALL),
        _open_files(),
        dict(matplotlib.rcParams) if matplotlib is not None else None,
    ]


def _open_files() -> list[int]:
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found
