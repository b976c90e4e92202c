"""Looks for solutions in what students receive.

Two searches, over every text file and every notebook cell:

1. As text: a statement of a solution, its right-hand side, or a line of a long one, wherever it stands (code,
   docstring, comment, Markdown, output), however it is spaced, quoted or wrapped. Only those that say something count:
   at least 4 words (identifiers, numbers, strings) and 20 characters, so `return support.mean(dim=1)` does, and
   `loss.backward()` does not. A comment of a solution counts from 6 words.
2. As code: an expression of at least 10 parts of which only the variables' names were changed.

Lines of the given code of `solutions/stages`, outside the regions, are not secret, and neither is a call of
one of its functions with plain names (`loss = nt_xent_loss(z1, z2, temperature)` says what the signature says). Any
other innocent line is listed in `EXEMPT`, with its reason.
"""

from __future__ import annotations

import ast
import builtins
import io
import json
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.release.stubs import Source

MIN_WORDS, MIN_CHARACTERS, MIN_COMMENT_WORDS, MIN_PARTS = 4, 20, 6, 10
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_WORDS = re.compile(r"\"[^\"]*\"|'[^']*'|\w+")
_TARGET = re.compile(r"^(?:return|yield|[\w.,\[\] ()*]+? [-+*/@|&]?=) ")  # of a formatted line


@dataclass(frozen=True)
class Exemption:
    """An innocent line that a solution happens to contain as well: the file, the solution's line or expression, why."""

    file: str
    line: str
    reason: str


EXEMPT: tuple[Exemption, ...] = ()


@dataclass(frozen=True)
class Secret:
    """A piece of a solution: its source text and where it is."""

    text: str
    place: str


def find(
    files: Mapping[str, bytes], sources: Sequence[Source], exempt: Sequence[Exemption] = EXEMPT, name: str = "solutions"
) -> list[str]:
    """Searches files for pieces of the solutions.

    Args:
        files: {path: content} of everything that a student receives.
        sources: the parsed solutions.
        exempt: what does not count as a leak.
        name: what messages call the folder of the solutions.

    Returns:
        A sentence for every leak, and for every exemption that is no longer needed.
    """
    lines, shapes = secrets(sources, name)
    unused = set(exempt)
    found = []
    for path, content in files.items():
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        leaks: dict[str, tuple[str, Secret]] = {}  # the secret's place: where it was found, the secret
        for where, part in _parts(path, text):
            for line, secret in _hits(part, lines):
                leaks.setdefault(secret.place, (f"{where}, line {line}", secret))
            for line, secret in _alike(part, shapes):
                leaks.setdefault(secret.place, (f"{where}, line {line}", secret))
        for where, secret in leaks.values():
            pardon = [item for item in exempt if item.file == path and _squeeze(item.line) == _squeeze(secret.text)]
            unused -= set(pardon)
            if not pardon:
                found.append(f"{where}: this is the solution `{secret.text}` of {secret.place}")
    found += [
        f"autograder/release/leaks.py: the exemption of `{item.line}` in {item.file} is no longer needed: delete it"
        for item in sorted(unused, key=lambda item: (item.file, item.line))
    ]
    return found


def secrets(sources: Sequence[Source], name: str = "solutions") -> tuple[dict[str, Secret], dict[str, Secret]]:
    """Returns what to search for: squeezed lines, and expressions as shapes."""
    lines: dict[str, Secret] = {}
    shapes: dict[str, Secret] = {}
    given_lines: set[str] = set()
    given_shapes: set[str] = set()
    public = {node.name for source in sources for node in source.tree.body if isinstance(node, _DEFINITION)}
    for source in sources:
        shown = f"{name}/stages/{source.path.name}"
        known = _imported(source.tree)
        for number, code, comment in _code_lines(source.text):
            squeezed = {_squeeze(code), _squeeze(_TARGET.sub("", code))}
            if not source.inside(number):
                given_lines |= squeezed
                continue
            secret = Secret(" ".join((code or comment).split()), f"{shown}, line {number}")
            if _is_plain_call(code, public):
                continue
            for text in squeezed:
                if len(_words(text)) >= MIN_WORDS and len(text) >= MIN_CHARACTERS:
                    lines.setdefault(text, secret)
            if len(re.findall(r"[A-Za-z]{2,}", comment)) >= MIN_COMMENT_WORDS:
                lines.setdefault(_squeeze(comment), Secret(comment, secret.place))
        for node, shape in _shapes(source.tree, known):
            if source.inside(node.lineno):
                shapes.setdefault(shape, Secret(ast.unparse(node), f"{shown}, line {node.lineno}"))
            else:
                given_shapes.add(shape)
    return (
        {text: secret for text, secret in lines.items() if text not in given_lines},
        {shape: secret for shape, secret in shapes.items() if shape not in given_shapes},
    )


def _parts(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yields (what to call it, text) for a file: the file itself, or each cell and output of a notebook."""
    if not path.endswith(".ipynb"):
        yield path, text
        return
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        yield path, text  # not a notebook; still a text
        return
    for number, cell in enumerate(cells, 1):
        yield f"{path}, cell {number}", "".join(cell.get("source", []))
        if cell.get("outputs"):
            yield f"{path}, output of cell {number}", "\n".join(map(_printed, cell["outputs"]))


def _printed(output: Mapping[str, Any]) -> str:
    """The texts of one output of a cell; a text in several lines may be a list of strings."""
    texts = [output.get("text"), output.get("traceback"), *output.get("data", {}).values()]
    return "\n".join("".join(text) for text in texts if isinstance(text, str | list))


# As text ------------------------------------------------------------------------------------------------------------


def _hits(text: str, lines: Mapping[str, Secret]) -> Iterator[tuple[int, Secret]]:
    """Yields (line, secret) for every squeezed line that the text contains."""
    squeezed = _squeeze(text)
    for wanted, secret in lines.items():
        at = squeezed.find(wanted)
        while at >= 0:
            after = at + len(wanted)
            inside_word = (at > 0 and _is_word(squeezed[at - 1]) and _is_word(wanted[0])) or (
                after < len(squeezed) and _is_word(squeezed[after]) and _is_word(wanted[-1])
            )
            if not inside_word:
                yield _line_of(text, len(squeezed[:at].replace(" ", ""))), secret
                break
            at = squeezed.find(wanted, at + 1)


def _squeeze(text: str) -> str:
    """Drops backslashes and all white space except between words, and makes all quotes double."""
    text = re.sub(r"\s+", " ", text.replace("\\", "").replace("'", '"')).strip()
    text = re.sub(r",(?= ?[)\]}])|,$", "", text)
    return re.sub(r"(?<!\w) | (?!\w)", "", text)


def _line_of(text: str, position: int) -> int:
    """The line of the text's non-blank character of that position in the squeezed text, up to the commas dropped."""
    text = re.sub(r",(?=\s*[)\]}])", "", text.replace("\\", ""))
    seen = 0
    for number, line in enumerate(text.split("\n"), 1):
        seen += len("".join(line.split()))
        if seen > position:
            return number
    return text.count("\n") + 1


def _is_plain_call(code: str, public: set[str]) -> bool:
    """Whether a line only calls a function of the assignment with names, and returns or keeps the result."""
    try:
        tree = ast.parse(_TARGET.sub("", code), mode="eval")
    except SyntaxError:
        return False
    call = tree.body
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in public
        and all(isinstance(value, ast.Name) for value in [*call.args, *(item.value for item in call.keywords)])
    )


def _is_balanced(line: str) -> bool:
    return all(line.count(opening) == line.count(closing) for opening, closing in ("()", "[]", "{}"))


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.findall(text) if not keyword.iskeyword(word) and word != "self"]


def _code_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yields (line, its code, its comment), both stripped, for every statement, whole, and for every line of one that
    stands over several lines and is complete in itself (its brackets match). Docstrings are left out."""
    lines = text.split("\n")
    statement: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
            yield row, "", token.string.strip("# ")
        elif token.type == tokenize.NEWLINE:
            first, last = statement[0].start[0], token.start[0]
            if any(part.type != tokenize.STRING for part in statement):
                yield first, "\n".join(lines[first - 1 : last]).strip(), ""
                if last > first and not any(part.start[0] < part.end[0] for part in statement):
                    yield from (
                        (row, lines[row - 1].strip(), "")
                        for row in range(first, last + 1)
                        if _is_balanced(lines[row - 1])
                    )
            statement = []
        elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            statement.append(token)


# As code ------------------------------------------------------------------------------------------------------------


def _alike(text: str, shapes: Mapping[str, Secret]) -> Iterator[tuple[int, Secret]]:
    """Yields (line, secret) for every expression of the text that has the shape of one of a solution."""
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in text.split("\n"))
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return
    for node, shape in _shapes(tree, _imported(tree)):
        if shape in shapes:
            yield node.lineno, shapes[shape]


def _shapes(tree: ast.Module, imported: Mapping[str, str]) -> Iterator[tuple[ast.expr, str]]:
    """Yields (expression, shape) for every expression of enough parts. Those that differ only in the names of variables
    have the same shape."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call | ast.BinOp | ast.Compare | ast.Tuple | ast.List | ast.ListComp | ast.Subscript):
            names: dict[str, str] = {}
            parts = [part for child in _preorder(node) if (part := _part(child, names, imported))]
            if len(parts) >= MIN_PARTS:
                yield node, " ".join(parts)


def _preorder(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _preorder(child)


def _part(node: ast.AST, names: dict[str, str], imported: Mapping[str, str]) -> str:
    """One node as text: variables numbered in the order in which they come, everything else by its own name."""
    if isinstance(node, ast.Name):
        if node.id in imported or hasattr(builtins, node.id):
            return imported.get(node.id, node.id)
        return names.setdefault(node.id, f"${len(names)}")
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}="
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.expr_context | ast.arguments):
        return ""
    count = len(list(ast.iter_child_nodes(node)))
    return f"{type(node).__name__}/{count}"


def _imported(tree: ast.Module) -> dict[str, str]:
    """The names that imports of the file bind, each with what it stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found
