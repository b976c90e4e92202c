"""Markdown of students, safe in an instructor's browser.

nbgrader's pages put rendered Markdown cells into the page as they are, scripts included, and formgrader runs with the
instructor's session. This filter takes the place of nbconvert's (`HTMLExporter.filters`).
"""

from __future__ import annotations

import bleach
import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = {
    *bleach.ALLOWED_TAGS,
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "span", "div", "del", "img", "sub", "sup"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,")


@jinja2.pass_context
def markdown2html(context: jinja2.runtime.Context, source: str) -> str:
    """Renders Markdown with formulas; raw HTML, scripts, foreign pictures and harmful links do not come through."""
    cell = context.get("cell", {})
    attachments = cell.get("attachments", {}) if hasattr(cell, "get") else {}
    try:
        renderer = IPythonRenderer(escape=False, attachments=attachments)
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # such as a picture that is not attached: show the text as it is
        rendered = f"<pre>{bleach.clean(source, tags=set())}</pre>"
    return bleach.clean(rendered, tags=TAGS, attributes=_allowed, protocols={"http", "https", "mailto", "data"})


def _allowed(tag: str, name: str, value: str) -> bool:
    if name in ("class", "title", "alt", "align"):
        return True
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data:")
    return tag == "img" and name == "src" and value.startswith(PICTURES)
