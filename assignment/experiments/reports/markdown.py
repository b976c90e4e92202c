"""The log `tried.md` beside a run, as parts of its report."""

from __future__ import annotations

import re
from typing import Any

import mistune
from markupsafe import Markup

from experiments.reports.parts import Part, Table

Token = dict[str, Any]  # a node of mistune's syntax tree


class _Renderer(mistune.HTMLRenderer):
    """Escapes raw HTML and loads no images."""

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        """Returns a heading of the third level; nothing for the title of the log."""
        return "" if level == 1 else f"<h3>{text}</h3>"

    def softbreak(self) -> str:
        """Returns a space where a paragraph continues on the next line."""
        return " "

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Returns the text in place of an image: a page loads nothing from outside."""
        return text


_RENDERER = _Renderer(escape=True)
_READER = mistune.create_markdown(renderer=None, plugins=["table"])


def markdown(text: str) -> list[Part | str]:
    """Returns Markdown as parts of a page; its headings become headings of the third level, its title is left out."""
    tokens, state = _READER.parse(text)
    assert not isinstance(tokens, str), "without a renderer, mistune returns its syntax tree"
    return [_table(token, state) if token["type"] == "table" else _html([token], state) for token in tokens]


def _html(tokens: list[Token], state: mistune.BlockState) -> Markup:
    return Markup(_RENDERER.render_tokens(tokens, state))


def _table(table: Token, state: mistune.BlockState) -> Table:
    head, *body = table["children"]
    lines = [head, *(row for part in body for row in part["children"])]
    header, *rows = [[_html(cell["children"], state) for cell in line["children"]] for line in lines]
    numeric = r"[-+–−]?[\d.,]+( ?(%|±|/|min|s|h|points|[-+–−]?[\d.,]+))*|[–-]?"
    plain = [[cell.striptags() for cell in row] for row in rows]
    numbers = [i for i in range(len(header)) if all(re.fullmatch(numeric, row[i]) for row in plain)]
    steady = " steady" if all(len(row[0]) <= 16 for row in plain) else ""
    return Table(header, rows, numbers, "What was tried", style=f"long{steady}")
