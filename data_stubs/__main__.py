"""The command line: `python -m data_stubs DIR`, which is also `autograder data DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command's arguments."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the data goes; use it as DATA_ROOT")
    parser.add_argument("--seed", type=_seed, default=0, help="the same seed gives the same bytes (default: 0)")
    parser.add_argument(
        "--size", choices=("tiny", "smoke"), default="smoke", help="tiny is for tests, smoke for a first training"
    )


def main(arguments: argparse.Namespace) -> int:
    """Writes the data and says where it is."""
    from data_stubs import write_all

    folders = write_all(arguments.directory, seed=arguments.seed, size=arguments.size)
    print(f"{' and '.join(folder.name for folder in folders)} are in {arguments.directory}.")
    return 0


def _seed(text: str) -> int:
    """Reads a seed: a whole number that is not negative."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0, not {text!r}")
    return int(text)


def run(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m data_stubs", description=__doc__.split("\n")[0])
    add_arguments(parser)
    try:
        return main(parser.parse_args(argv))
    except UserError as error:
        print(f"data_stubs: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("data_stubs: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(run())
