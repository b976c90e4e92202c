"""As much of Markdown as a log needs becomes HTML, and nothing else."""

from __future__ import annotations

import pytest
from finished_runs import TRIED

pytestmark = pytest.mark.usefixtures("reference")


def test_markdown_becomes_html_and_nothing_else() -> None:
    from experiments.reports.markdown import markdown
    from experiments.reports.parts import Table

    parts = markdown(TRIED + "\n<script>alert(1)</script>\n\n![seen](https://example.org/a.png)")
    page = "".join(part for part in parts if isinstance(part, str))
    assert "The log" not in page
    assert "<p>Text with <code>code</code>, <strong>weight</strong> and &lt;angles&gt;.</p>" in page
    assert "<h3>All runs</h3>" in page
    assert "<li>one thing that goes on</li>\n<li>another</li>" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<p>seen</p>" in page, "a page loads nothing from outside"
    (table,) = [part for part in parts if isinstance(part, Table)]
    assert [*table.header, *table.rows[0]] == [
        "change",
        "minutes",
        "1-shot",
        "what it bought",
        "cosine | warmup",
        "12",
        "97.31 ± 0.2",
        "+0.34 points",
    ]
    assert list(table.numbers) == [1, 2, 3]
