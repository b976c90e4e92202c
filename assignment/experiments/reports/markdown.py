"""Markdown as HTML: only as much of it as the log `tried.md` beside a run needs.

That is headings, paragraphs, lists, tables, **bold** and `code`.
"""

from __future__ import annotations

import re

from experiments.reports import html


def as_html(text: str) -> str:
    """Returns Markdown as HTML; its headings become headings of the third level, the first one is left out."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    parts = []
    for block in blocks:
        while heading := re.match(r"(#+) +(.*?)(\n|$)", block):
            block = block[heading.end() :]
            if len(heading[1]) > 1:
                parts.append(f"<h3>{inline(heading[2])}</h3>")
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if lines:
            parts.append(_block(lines))
    return "".join(parts)


def _block(lines: list[str]) -> str:
    if len(lines) > 1 and lines[0].startswith("|") and re.fullmatch(r"[|:\- ]+", lines[1]):
        return _table(lines)
    if re.match(r"[-*] ", lines[0]):
        items = re.split(r"\n[-*] ", "\n" + "\n".join(lines))[1:]
        return "<ul>" + "".join(f"<li>{inline(' '.join(item.split()))}</li>" for item in items) + "</ul>"
    return f"<p>{inline(' '.join(lines))}</p>"


def _table(lines: list[str]) -> str:
    cells = [[inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines]
    header, rows = cells[0], cells[2:]
    rows = [(row + [""] * len(header))[: len(header)] for row in rows]
    numeric = r"[-+–−]?[\d.,]+( ?(%|±|/|min|s|h|points|[-+–−]?[\d.,]+))*|[–-]?"
    plain = [[re.sub(r"<[^>]*>", "", cell) for cell in row] for row in rows]
    numbers = [i for i in range(len(header)) if all(re.fullmatch(numeric, row[i]) for row in plain)]
    short = all(len(row[0]) <= 16 for row in plain)
    return html.table(header, rows, numbers, caption="What was tried", long=True, steady=short)


def inline(text: str) -> str:
    """Returns a line of Markdown as HTML."""
    text = html.escape(text.replace("\\|", "|"), quote=False)
    text = re.sub(r"`([^`]*)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
