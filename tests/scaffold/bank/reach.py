"""How far an entry of the bank reaches: which stages of its module could notice it, read from the syntax trees.

The tests of a stage call the names that the rubric lists for it. A function sees another one of its module only by its
name. So a stage whose functions mention, directly or through others, no name that the entry defines gets the result of
the reference, as long as the entry does nothing at import but define. Where that is not plain to see, it reaches all.
"""

from __future__ import annotations

import ast
import functools

import bank
from autograder import rubric
from autograder.rubric import Stage


def touched(entry: bank.Entry, everything: bool = False) -> list[Stage]:
    """Returns the stages whose result may depend on an entry; each `needs` only what is among them.

    Args:
        entry: the entry.
        everything: whether to return all stages of its module, whatever it defines.
    """
    stage = rubric.get(entry.stage)
    names = None if everything else definitions(entry)
    found = [
        other
        for other in rubric.STAGES
        if other.module == stage.module and (other == stage or names is None or names & seen_by(other))
    ]
    return [bank.alone(other, found) for other in found]


def definitions(entry: bank.Entry) -> set[str] | None:
    """Returns the names that an entry defines in its module, or None if it does more than define."""
    if entry.saved_with or entry.brings_files:
        return None
    names: set[str] = set()
    for statement in ast.parse(entry.path.read_text(encoding="utf-8")).body:
        defined = _defined(statement)
        if defined is None:
            return None
        names |= defined
    return names


def seen_by(stage: Stage) -> set[str]:
    """Returns the names of its module that the code of a stage mentions in the reference, its own among them."""
    mentions = _mentions(stage.module)
    seen: set[str] = set()
    left = set(stage.names)
    while left:
        name = left.pop()
        seen.add(name)
        left |= mentions.get(name, set()) - seen
    return seen


@functools.cache
def _mentions(module: str) -> dict[str, set[str]]:
    tree = ast.parse((bank.REFERENCE / f"{module}.py").read_text(encoding="utf-8"))
    return {
        name: {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        for statement in tree.body
        for name in _defined(statement) or ()
    }


def _defined(statement: ast.stmt) -> set[str] | None:
    """Returns what a statement defines, or None if it may do anything else."""
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    if isinstance(statement, ast.ClassDef):
        plain = all(_defined(part) is not None for part in statement.body)
        return {statement.name} if plain and not statement.keywords else None
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return set()
    if isinstance(statement, ast.Pass):
        return set()
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        calls = any(isinstance(node, ast.Call | ast.Subscript | ast.Attribute) for node in _runs(statement))
        if all(isinstance(target, ast.Name) for target in targets) and not calls:
            return {target.id for target in targets if isinstance(target, ast.Name)}
    return None


def _runs(statement: ast.Assign | ast.AnnAssign) -> list[ast.AST]:
    return list(ast.walk(statement.value)) if statement.value is not None else []
