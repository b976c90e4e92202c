"""From a solution to a stub: each `### BEGIN SOLUTION` … `### END SOLUTION` becomes one `raise NotImplementedError`.

All text outside the regions stays as it is, to the byte. A marker is a comment on a line of its own:

    def compute_prototypes(support: Tensor) -> Tensor:
        \"\"\"Returns the mean of each class's embeddings.\"\"\"
        ### BEGIN SOLUTION
        ...
        ### END SOLUTION

A region covers whole statements of one function's body (a method is a function too), at that body's indentation, at
most one region to a function. Given statements may stand before and after it. Anything else is an error that names
file and line, and so is anything that looks like a marker and is not.
"""

from __future__ import annotations

import ast
import difflib
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric
from autograder.errors import UserError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
LINE_LENGTH = 120
_IN_TEXT = re.compile(r"#+\W*(begin|end)\W*solution", re.IGNORECASE)
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class RegionError(UserError):
    """A region or a marker that is wrong; the message begins with file and line."""

    def __init__(self, path: Path | str, line: int, message: str):
        super().__init__(f"{path}, line {line}: {message}")


@dataclass(frozen=True)
class Region:
    """One solution in a file.

    Attributes:
        begin: the line of `### BEGIN SOLUTION`, from 1.
        end: the line of `### END SOLUTION`.
        name: the function with its class, such as `ProtoNet.forward`.
        stage: the id of the stage that it belongs to.
        indent: the white space in front of the markers.
        statements: the statements that the region covers.
    """

    begin: int
    end: int
    name: str
    stage: str
    indent: str
    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Source:
    """A parsed solution file: its text (lines end with `\\n`), its tree and its regions from top to bottom."""

    path: Path
    text: str
    tree: ast.Module
    regions: tuple[Region, ...]

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; `lines[n - 1]` is line n."""
        return self.text.split("\n")

    def inside(self, line: int) -> bool:
        """Whether that line belongs to a region, markers included."""
        return any(region.begin <= line <= region.end for region in self.regions)


def parse(path: Path, shown: Path | str | None = None) -> Source:
    """Reads a solution file and checks its regions.

    Args:
        path: `…/stages/<module>.py`.
        shown: how messages name the file; the path itself if None.

    Raises:
        RegionError: a marker or a region is wrong, or the file is not Python.
    """
    shown = path if shown is None else shown
    text = path.read_text(encoding="utf-8")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise RegionError(shown, error.lineno or 1, f"this is not Python: {error.msg}") from None
    found = []
    begin = 0
    for line, is_begin in _markers(text, shown):
        if is_begin and begin:
            raise RegionError(shown, line, f"`{BEGIN}` inside the region that line {begin} opens; close that one first")
        if not is_begin and not begin:
            raise RegionError(shown, line, f"`{END}` without a `{BEGIN}` above it")
        if not is_begin:
            found.append(_region(tree, text.split("\n"), path.stem, begin, line, shown))
        begin = line if is_begin else 0
    if begin:
        raise RegionError(shown, begin, f"this region is never closed; put `{END}` behind its last statement")
    names = [region.name for region in found]
    for region in found:
        if names.count(region.name) > 1:
            raise RegionError(shown, region.begin, f"`{region.name}` has more than one region; make it one")
    return Source(path, text, tree, tuple(found))


def parse_stages(solutions: Path, relative_to: Path | None = None) -> list[Source]:
    """Parses `solutions/stages/*.py` and checks that every name of the rubric is there with a region.

    Args:
        solutions: the folder that holds `stages/`.
        relative_to: the folder from which messages name the files.

    Raises:
        RegionError: as `parse`, or a file or name of the rubric is missing or has no region.
    """
    sources = []
    for path in sorted((solutions / "stages").glob("*.py")):
        sources.append(parse(path, path.relative_to(relative_to).as_posix() if relative_to else path))
    by_module = {source.path.stem: source for source in sources}
    for stage in rubric.STAGES:
        path = solutions / "stages" / f"{stage.module}.py"
        shown = path.relative_to(relative_to).as_posix() if relative_to else path
        if stage.module not in by_module:
            raise UserError(f"{shown} does not exist, but stage {stage.id} of autograder/rubric.py lives there.")
        source = by_module[stage.module]
        defined = {node.name: node.lineno for node in source.tree.body if isinstance(node, (*_Function, ast.ClassDef))}
        for name in stage.names:
            if name not in defined:
                raise RegionError(shown, 1, f"`{name}` of stage {stage.id} (autograder/rubric.py) is not defined here")
            if not any(region.name.split(".")[0] == name for region in source.regions):
                raise RegionError(shown, defined[name], f"`{name}` of stage {stage.id} has no solution region")
    return sources


def stub(source: Source) -> str:
    """Returns the text of the file with each region replaced by a `raise NotImplementedError` that says what to do."""
    lines = source.lines
    for region in reversed(source.regions):
        lines[region.begin - 1 : region.end] = _todo(region, source.path.stem)
    return "\n".join(lines)


def _todo(region: Region, module: str) -> list[str]:
    hint = f"TODO {region.stage}: write {region.name} as the docstring says; tests/test_{module}.py shows it"
    one = f'{region.indent}raise NotImplementedError("{hint}")'
    if len(one) <= LINE_LENGTH:
        return [one]
    return [f"{region.indent}raise NotImplementedError(", f'{region.indent}    "{hint}"', f"{region.indent})"]


def _markers(text: str, shown: Path | str) -> Iterator[tuple[int, bool]]:
    """Yields (line, whether it begins a region); refuses what only looks like a marker."""
    lines = text.split("\n")
    comments: dict[int, bool] = {}  # line: whether the comment stands between statements, not within brackets
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = depth == 0
            line = token.start[0]
            alone = lines[line - 1].strip() == token.string.strip()
            exact = token.string.rstrip() in (BEGIN, END)
            if not (alone and exact) and (token.string.startswith("###") or _resembles_marker(token.string)):
                raise RegionError(
                    shown,
                    line,
                    f"`{token.string}` looks like a marker and is not one; "
                    f"write `{BEGIN}` or `{END}` on a line of its own",
                )
    for number, line_text in enumerate(lines, 1):
        if number in comments and line_text.strip() in (BEGIN, END):
            if not comments[number]:
                raise RegionError(shown, number, "a marker within brackets; put it between statements")
            yield number, line_text.strip() == BEGIN
        elif _IN_TEXT.search(line_text):
            raise RegionError(shown, number, "a marker within a string; a region is made of comments")


def _resembles_marker(comment: str) -> bool:
    """Whether the comment begins with two words like `begin solution`, in any case, joined or with a slip."""
    words = [*re.findall(r"[a-z]+", comment.lower()), "", ""]
    two = _similar(words[1], 0.75, "solution", "solutions") and _similar(words[0], 0.66, "begin", "end", "start")
    return two or _similar(words[0], 0.9, "beginsolution", "endsolution")


def _similar(word: str, least: float, *others: str) -> bool:
    return any(difflib.SequenceMatcher(None, word, other).ratio() >= least for other in others)


def _region(tree: ast.Module, lines: list[str], module: str, begin: int, end: int, shown: Path | str) -> Region:
    """Checks the region between two markers and says whose it is."""
    owners = list(_outermost_inside(tree, begin, end))
    if not owners:
        raise RegionError(shown, begin, "this region is empty; a solution is at least one statement")
    parents = {id(parent): parent for parent, _ in owners}
    owner, path = next(((node, path) for node, path in _functions(tree) if id(node) in parents), (None, ""))
    if owner is None or len(parents) > 1 or not begin > owner.lineno:
        raise RegionError(
            shown, begin, "a region covers statements of one function's own body, not of a class, an `if` or the module"
        )
    statements = tuple(statement for statement in owner.body if begin < statement.lineno <= end)
    for statement in owner.body:
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        if first < begin <= last or first <= end < last:
            raise RegionError(shown, begin, f"this region cuts the statement of line {first} in two")
    if ast.get_docstring(owner, clean=False) is not None and owner.body[0] in statements:
        raise RegionError(shown, begin, f"the docstring of `{path}` is inside the region, so students would not see it")
    wanted = lines[statements[0].lineno - 1][: statements[0].col_offset]
    for line in (begin, end):
        indent = lines[line - 1][: -len(lines[line - 1].lstrip())]
        if indent != wanted:
            raise RegionError(
                shown, line, f"this marker is indented by {len(indent)}, the body of `{path}` by {len(wanted)}"
            )
    stage = rubric.stage_of_name(module, path.split(".")[0])
    if stage is None:
        raise RegionError(
            shown,
            begin,
            f"`{path.split('.')[0]}` is in no stage of autograder/rubric.py, so no test would ask for it",
        )
    return Region(begin, end, path, stage.id, wanted, statements)


def _functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """Yields the top-level functions and the methods of top-level classes, with their dotted names."""
    for node in tree.body:
        if isinstance(node, _Function):
            yield node, node.name
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, _Function):
                    yield member, f"{node.name}.{member.name}"


def _outermost_inside(node: ast.AST, begin: int, end: int) -> Iterator[tuple[ast.AST, ast.stmt]]:
    """Yields (parent, statement) for statements between the two lines whose parent is not between them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and begin < child.lineno and (child.end_lineno or child.lineno) < end:
            yield node, child
        else:
            yield from _outermost_inside(child, begin, end)
