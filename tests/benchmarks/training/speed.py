"""How fast this project trains and tests beside what one would otherwise run: `make bench`.

    python tests/benchmarks/training/speed.py [--minutes 15] [--json FILE] [--stubs] [--threads N] [--parts …]

Each part compares contenders on the same data, network, batch and number of threads: ours (`ours.py`: the program
itself) and plain loops (`baselines.py` says what each is, and how it is fair). Every contender is a process of its own.
They take turns, A B C A B C …, each standing still while another runs, so that a machine which slows down slows all of
them. The figures are medians over the rounds; a ratio is the median of the rounds' ratios, with the smallest and the
largest. The record (--json) holds every round.

Next: `ours.py`, `baselines.py`; `contest.py` is how they take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contest import Contender, Failure, hold
from rich.console import Console
from rich.table import Table
from stopwatch import PARTS

from data_stubs.cifar10 import write_cifar10
from data_stubs.omniglot import write_omniglot

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 5
NEEDED = ("omniglot-py/images_background", "omniglot-py/images_evaluation", "cifar-10-batches-py/data_batch_1")


@dataclass
class Part:
    """One comparison.

    Attributes:
        name: as in the table.
        unit: what an item is, such as "episodes".
        contenders: by the name in the table; the first is ours.
        bars: how many times as fast as a contender ours has to be, by its name; the others are there to explain.
        rounds: {contender: [turn, …]} once it was held; a turn is {"steps", "items", "seconds", "cpu_seconds",
            "parts"}.
    """

    name: str
    unit: str
    contenders: dict[str, Contender]
    bars: dict[str, float]
    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rates(self, name: str) -> list[float]:
        """Returns a contender's items per second in each round."""
        return [turn["items"] / turn["seconds"] for turn in self.rounds[name]]

    def ratios(self, name: str) -> list[float]:
        """Returns how many times as fast ours was in each round."""
        ours = self.rates(next(iter(self.contenders)))
        return [mine / other for mine, other in zip(ours, self.rates(name), strict=True)]

    def missed(self) -> list[str]:
        """Returns the contenders beside which ours was slower than asked for."""
        return [name for name, bar in self.bars.items() if statistics.median(self.ratios(name)) < bar]


def main(argv: Sequence[str] | None = None) -> int:
    """Holds the contests, prints the tables, and returns 0; 1 if ours was too slow, 2 if something is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=15, help="for all together, about [15]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the record")
    parser.add_argument("--stubs", action="store_true", help="stand-ins for the data, tiny batches: only to see it run")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="for each contender [all cores]")
    parser.add_argument("--parts", nargs="+", choices=PART_NAMES, default=PART_NAMES, help="which comparisons [all]")
    arguments = parser.parse_args(argv)
    sys.path[:0] = [str(ROOT / "solutions"), str(ROOT / "assignment")]
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the contenders end, too
    with tempfile.TemporaryDirectory() as folder:
        if arguments.stubs:
            root = Path(folder) / "data"
            write_omniglot(
                root, image_size=28, background_alphabets=4, evaluation_alphabets=2, characters_per_alphabet=8
            )
            write_cifar10(root, train_per_class=50, test_per_class=10)
        else:
            root = Path(os.environ.get("DATA_ROOT") or ".data").absolute()
            missing = [path for path in NEEDED if not (root / path).exists()]
            if missing:
                return _say(
                    f"{root / missing[0]} is missing: set DATA_ROOT, or give --stubs (make bench ARGS=--stubs)."
                )
        try:
            parts = make_parts(arguments, root, Path(folder))
            duration = arguments.minutes * 60 / sum(len(part.contenders) for part in parts) / (ROUNDS + 1)
            load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
            for part in parts:
                with console.status(part.name):
                    part.rounds = hold(part.contenders, duration, 2 if arguments.stubs else ROUNDS)
                console.print(results(part))
        except Failure as error:
            return _say(str(error))
    for part in parts:
        console.print(shares(part))
    note = environment(arguments)
    if load > 0.5:
        note["busy"] = f"the machine was busy with other work when this began (load {load:.1f})"
    console.print("  ".join(str(value) for value in note.values()), soft_wrap=True)
    if arguments.json:
        text = json.dumps(record(parts, note, arguments.stubs), indent=1) + "\n"
        for place, name in ((str(root), "DATA_ROOT"), (folder, "OUTPUT")):  # no path of this machine in a record
            text = text.replace(place, name)
        arguments.json.write_text(text, encoding="utf-8")
        console.print(f"The rounds are in {arguments.json}.")
    return int(not arguments.stubs and any(part.missed() for part in parts))


HEADINGS = {"augmentation": "augment", "optimiser": "update"}  # so that the table fits into 80 columns
PART_NAMES = ("episodes", "imagenet-stem", "cifar-stem", "evaluation")


def make_parts(arguments: argparse.Namespace, root: Path, folder: Path) -> list[Part]:
    """Returns the comparisons that are asked for, not yet held."""
    protonet, simclr = presets(arguments.stubs).values()
    threads, endless = arguments.threads, 1_000_000
    preset = "smoke" if arguments.stubs else "cpu"
    common = {"root": str(root), "threads": threads}
    program = ["--preset", preset, "--data-root", str(root), "--threads", str(threads), "--device", "cpu"]

    def contender(function: str, **settings: Any) -> Contender:
        return Contender(function, {**common, **settings}, threads)

    parts = []
    channels = [protonet.hidden_channels, protonet.embedding_channels]
    for shots in protonet.train_shots if "episodes" in arguments.parts else ():
        given = ["--train-shots", str(shots), "--n-episodes", str(endless), "--validate-every", str(endless)]
        given += ["--output", str(folder / f"{shots}-shot")]
        plain = {
            "channels": channels, "episode": [protonet.n_way, shots, protonet.n_query],
            "characters": "omniglot-py/images_background",
        }  # fmt: skip
        parts.append(
            Part(
                f"ProtoNet training, {protonet.n_way}-way {shots}-shot ({protonet.n_query} queries)",
                "episodes",
                {
                    "this project": contender("ours.episodes", arguments=[*program, *given]),
                    "images from disk": contender("baselines.episodes_from_disk", **plain),
                    "images in memory": contender("baselines.episodes_from_memory", **plain),
                },
                {"images from disk": 2, "images in memory": 2},
            )
        )
    for stem, bar in (("imagenet", 1.5), ("cifar", 2.5)):
        if f"{stem}-stem" not in arguments.parts:
            continue
        given = ["--stem", stem, "--epochs", str(endless), "--output", str(folder / stem)]
        plain = {
            "stem": stem, "batch_size": simclr.batch_size, "strength": simclr.strength,
            "temperature": simclr.temperature, "precision": "float32", "workers": [0, threads],
        }  # fmt: skip
        parts.append(
            Part(
                f"SimCLR pretraining, {stem} stem (batch {simclr.batch_size})",
                "images",
                {
                    "this project": contender("ours.simclr", arguments=[*program, *given]),
                    "lightly": contender("baselines.simclr_by_lightly", **plain),
                    "torchvision per image": contender("baselines.simclr_by_torchvision", **plain),
                    "lightly in bfloat16": contender(
                        "baselines.simclr_by_lightly", **{**plain, "precision": "bfloat16"}
                    ),
                },
                {"lightly": bar, "torchvision per image": bar},
            )
        )
    if "evaluation" in arguments.parts:
        task = {
            "channels": [protonet.hidden_channels, protonet.embedding_channels], "ways": protonet.test_ways,
            "shots": protonet.test_shots, "n_query": protonet.test_queries, "n_episodes": protonet.test_episodes,
            "networks": protonet.train_shots,
        }  # fmt: skip
        settings = len(protonet.test_ways) * len(protonet.test_shots)
        parts.append(
            Part(
                f"Evaluation, {protonet.test_episodes} episodes in each of {settings} settings",
                "evaluations",
                {
                    "this project": contender("ours.evaluation", **task),
                    "every episode embedded": contender("baselines.evaluation_by_episode", **task),
                },
                {"every episode embedded": 50},
            )
        )
    return parts


def presets(stubs: bool) -> dict[str, Any]:
    """Returns the configurations of our two experiments."""
    from experiments.protonet import PRESETS as PROTONET
    from experiments.simclr import PRESETS as SIMCLR

    preset = "smoke" if stubs else "cpu"
    return {"protonet": PROTONET[preset], "simclr": SIMCLR[preset]}


def results(part: Part) -> Table:
    """Returns the table of a part: rates, ratios and bars."""
    seconds = part.unit == "evaluations"
    table = Table("contender", title=part.name, title_justify="left")
    for heading in ("seconds" if seconds else f"{part.unit}/s", "ours", "in the rounds", "asked for"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, contender in part.contenders.items():
        rate = statistics.median(part.rates(name))
        workers = contender.settings.get("workers")
        label = name + (f", {workers} worker{'s' * (workers > 1)}" if workers else "")
        cells = [label, f"{1 / rate if seconds else rate:.4g}"]
        if name != next(iter(part.contenders)):
            ratios = part.ratios(name)
            cells += [f"{statistics.median(ratios):.2f}x", f"{min(ratios):.2f} to {max(ratios):.2f}"]
            if name in part.bars:
                verdict = "[red]missed" if name in part.missed() else "[green]reached"
                cells.append(f"{part.bars[name]:g}x {verdict}")
        table.add_row(*cells)
    return table


def shares(part: Part) -> Table:
    """Returns the table of where the time of a step goes."""
    table = Table("contender", title=f"{part.name}: where the time goes", title_justify="left")
    for name in (*(HEADINGS.get(each, each) for each in PARTS), "a step"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, turns in part.rounds.items():
        total, steps = sum(turn["seconds"] for turn in turns), sum(turn["steps"] for turn in turns)
        spent = [sum(turn["parts"].get(each, 0.0) for turn in turns) / total for each in PARTS]
        table.add_row(name, *(f"{share:.1%}" if share else "" for share in spent), f"{1000 * total / steps:.0f} ms")
    return table


def environment(arguments: argparse.Namespace) -> dict[str, str]:
    """Returns where this was measured, in words."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    found = {"cpu": f"{cpu} ({os.cpu_count()} cores, {arguments.threads} threads)", "system": platform.platform()}
    for package in ("torch", "torchvision", "kornia", "lightly"):
        try:
            found[package] = f"{package} {version(package)}"
        except PackageNotFoundError:
            found[package] = f"{package} is not installed"
    git = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"], capture_output=True, text=True)
    found["commit"] = f"commit {git.stdout.strip() or 'unknown'}"
    found["time"] = time.strftime("%Y-%m-%d %H:%M")
    return found


def record(parts: list[Part], note: dict[str, str], stubs: bool) -> dict[str, Any]:
    """Returns everything that was measured, for the file."""
    listed = []
    for part in parts:
        entry = asdict(part) | {"ratios": {name: part.ratios(name) for name in list(part.contenders)[1:]}}
        listed.append(entry)
    return {
        "schema": 1,
        "command": " ".join(sys.argv),
        "environment": note,
        "configs": {name: asdict(config) for name, config in presets(stubs).items()},
        "parts": listed,
    }


def _say(sentence: str) -> int:
    print(f"bench: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
