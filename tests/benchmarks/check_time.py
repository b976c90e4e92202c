"""How long `autograder check` of the solutions takes beside the bare imports that it cannot do without.

    python tests/benchmarks/check_time.py [REPEATS]

Runs both in turn and compares the medians; the exit status is 1 if the check takes more than 3 times the imports.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 3.0
COMMANDS = {
    "python -c 'import torch, torchvision'": ["-c", "import torch, torchvision"],
    "autograder check --submission solutions": ["-m", "autograder", "check", "--submission", "solutions"],
    "autograder check --stage nt_xent": [
        "-m",
        "autograder",
        "check",
        "--submission",
        "solutions",
        "--stage",
        "nt_xent",
    ],
}


def main() -> int:
    return bool(shown(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 3)))


def measured(repeats: int) -> dict[str, list[float]]:
    """Runs the commands in turn and returns their seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeats):
        for name, arguments in COMMANDS.items():
            start = time.perf_counter()
            done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
            seconds[name].append(time.perf_counter() - start)
            if done.returncode:
                raise SystemExit(done.stdout + done.stderr)
    return seconds


def shown(seconds: dict[str, list[float]]) -> list[str]:
    """Prints the medians, and returns the names of the commands that take too long."""
    imports = statistics.median(seconds["python -c 'import torch, torchvision'"])
    for name, times in seconds.items():
        median = statistics.median(times)
        spread = f"{min(times):.1f} to {max(times):.1f}"
        print(f"{name:40} median {median:5.1f} s ({spread}), {median / imports:.2f} times the imports")
    return [name for name, times in seconds.items() if statistics.median(times) > LIMIT * imports]


if __name__ == "__main__":
    sys.exit(main())
