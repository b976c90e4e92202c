"""One contender in a process of its own, so that the settings of one program do not become another's.

    python worker.py CONTENDER SETTINGS

Reads how many seconds its next turn shall last from standard input, a line each, and writes what it did in that turn to
standard output, a line of JSON each; the first line says that everything is loaded. It ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def main(contender: str, settings: dict[str, Any]) -> None:
    """Runs a function of `ours` or `baselines`, named as `ours.simclr`, until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the program prints is none of the parent's business

    def wait(result: dict[str, Any] | None) -> float:
        answers.write(json.dumps(result) + "\n")
        answers.flush()
        line = sys.stdin.readline()
        if not line:
            os._exit(0)
        return float(line)

    sys.path[:0] = [str(ROOT / "solutions"), str(ROOT / "assignment")]
    side, _, name = contender.partition(".")
    if side == "ours":
        import ours as module
    else:
        import torch

        torch.set_num_threads(settings["threads"])
        import baselines as module
    from stopwatch import Stopwatch

    getattr(module, name)(Stopwatch(wait), settings)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
