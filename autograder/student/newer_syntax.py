"""Finds syntax that a student's Python accepts and the grader's older one may not: `newer_syntax(file, content)`."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator

from autograder import rubric
from autograder.advice import Finding

OLDEST = f"Python {'.'.join(map(str, rubric.PYTHON))}"


def newer_syntax(file: str, content: bytes) -> list[Finding]:
    """Returns the syntax that needs a newer Python than the oldest grader's; nothing if this one is as old."""
    if sys.version_info[:2] == rubric.PYTHON:
        return []
    try:
        ast.parse(content, feature_version=rubric.PYTHON)
    except SyntaxError as error:
        return [
            Finding(
                file,
                error.lineno or 0,
                f"uses the syntax of a newer Python than the grader may run; {OLDEST} says: {error.msg}",
            )
        ]
    return [
        Finding(
            file,
            line,
            f"nests the same quotes in an f-string, which {OLDEST}, a version that the grader may run, cannot read",
        )
        for line in _nested_quotes(content)
    ]


def _nested_quotes(content: bytes) -> Iterator[int]:
    """Yields the lines of f-strings with their own quotes inside a replacement field, accepted since Python 3.12."""
    start, end = (getattr(tokenize, f"FSTRING_{name}", None) for name in ("START", "END"))
    if start is None:
        return
    open_quotes: list[str] = []
    for token in tokenize.tokenize(io.BytesIO(content).readline):
        if token.type in (start, tokenize.STRING):
            quote = re.sub(r"^[A-Za-z]*", "", token.string)
            quote = quote[:3] if quote[:3] in ("'" * 3, '"' * 3) else quote[:1]
            if any(quote[: len(outer)] == outer for outer in open_quotes):
                yield token.start[0]
            if token.type == start:
                open_quotes.append(quote)
        elif token.type == end:
            open_quotes.pop()
