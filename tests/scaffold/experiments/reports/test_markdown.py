"""As much of Markdown as a log needs becomes HTML, and nothing else."""

from __future__ import annotations

import re

import pytest
from finished_runs import TRIED

pytestmark = pytest.mark.usefixtures("reference")


def test_markdown_becomes_html_and_nothing_else() -> None:
    from experiments.reports.markdown import as_html

    page = as_html(TRIED)
    assert "The log" not in page
    assert "<p>Text with <code>code</code>, <strong>weight</strong> and &lt;angles&gt;.</p>" in page
    assert "<h3>All runs</h3>" in page
    assert "<li>one thing that goes on</li><li>another</li>" in page
    cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", page)
    assert cells == [
        "change",
        "minutes",
        "1-shot",
        "what it bought",
        "cosine | warmup",
        "12",
        "97.31 ± 0.2",
        "+0.34 points",
    ]
    assert '<td class="number">12</td>' in page
