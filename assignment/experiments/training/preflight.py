"""Finds the stages that are not written yet before a run starts, rather than an hour into it."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from experiments.training.errors import Mistake

NEEDS = {  # the files without which an experiment has nothing to train or to measure; its report can wait for report.py
    "protonet": ("omniglot", "episodes", "protonet"),
    "simclr": ("simclr", "linear_eval"),
}


def check_stages(experiment: str) -> None:
    """Makes sure that no function that the experiment needs is a stub.

    Raises:
        Mistake: there is no package `stages` on the path, or one of its functions is a stub.
    """
    spec = importlib.util.find_spec("stages")
    if spec is None or not spec.submodule_search_locations:
        raise Mistake("there is no package `stages` on the path: run make train, or set PYTHONPATH=assignment.")
    folder = Path(next(iter(spec.submodule_search_locations)))
    found = [(name, todo) for name in NEEDS[experiment] for todo in stubs(folder / f"{name}.py")]
    if found:
        name, todo = found[0]
        more = len({text.partition(":")[0] for _, text in found}) - 1
        others = f" (and {more} more)" if more else ""
        raise Mistake(f"stages/{name}.py is not written yet: {todo.rstrip('.')}{others}. Run make check.")


def stubs(path: Path) -> list[str]:
    """Returns the messages of the functions whose body ends in `raise NotImplementedError("TODO …")`."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []  # importing the file will say what is wrong
    messages = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        match node.body[-1]:
            case ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(text))])):
                messages.append(text)
    return [text for text in messages if text.startswith("TODO")]
