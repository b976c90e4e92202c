"""The command line: `autograder COMMAND`, or `python -m autograder COMMAND` where there is no script.

Each command lives in a module of its own with `add_arguments(parser)` and `main(arguments) -> exit status`; the module
is imported only when its command runs, so that `check` does not pay for what `course` imports, and the handout works
without the instructor's modules.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UserError

COMMANDS = {  # name: (module, one line of help)
    "check": ("autograder.student.check", "run the visible tests and print the table of stages"),
    "hint": ("autograder.student.hint", "a hint for a stage: first a question, then a shape, then the trick"),
    "watch": ("autograder.student.watch", "check again whenever a stage is saved"),
    "data": ("data_stubs.__main__", "write the procedural stand-ins for Omniglot and CIFAR-10"),
    "release": ("autograder.commands.release", "make assignment/ and the handout from solutions/, or prove they match"),
    "grade": ("autograder.commands.grade", "grade a class in the sandbox: results, grades, feedback and pages"),
    "collect": ("autograder.commands.collect", "sort what students handed in into one folder per student"),
    "course": ("autograder.commands.course", "write a ready nbgrader course"),
    "demo": (
        "autograder.commands.demo",
        "the whole workflow on built-in data: a graded class, both experiments, pages to open",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status.

    0 done and green, 1 not green, 2 wrong usage, 3 something needs a person (`grade`, `collect`), 130 interrupted.
    """
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    modules = {}
    for name, (module_name, summary) in COMMANDS.items():
        if not _is_here(module_name):
            continue  # the handout does not carry the instructor's side
        command = commands.add_parser(name, help=summary, description=summary)
        if name == chosen:
            modules[name] = importlib.import_module(module_name)
            modules[name].add_arguments(command)
    parsed = parser.parse_args(arguments)
    try:
        return int(modules[parsed.command].main(parsed))
    except UserError as error:
        print(f"autograder {parsed.command}: {error}", file=sys.stderr)
        return 2
    except PermissionError as error:
        place = error.filename or "A file"
        print(
            f"autograder {parsed.command}: {place}: {error.strerror}. Do you have permission to read and write there?",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(f"autograder {parsed.command}: interrupted", file=sys.stderr)
        return 130


def _is_here(name: str) -> bool:
    """Returns whether there is such a module, without importing anything (`find_spec` would import its package)."""
    package, *rest = name.split(".")
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    return any(Path(folder, *rest).with_suffix(".py").is_file() for folder in folders or ())


if __name__ == "__main__":
    sys.exit(main())
