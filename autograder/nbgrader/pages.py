"""What students wrote, safe in an instructor's browser.

nbgrader's pages put rendered Markdown cells into the page as they are, scripts included, and formgrader runs with the
instructor's session. These filters take the place of nbconvert's (`HTMLExporter.filters`).
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
        renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # such as a picture that is not attached: show the text as it is
        rendered = f"<pre>{bleach.clean(source, tags=set())}</pre>"
    return clean_html(rendered)


def clean_html(text: str | bytes) -> str:
    """Lets the harmless tags of HTML through and shows all others as text."""
    text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return bleach.clean(text, tags=TAGS, attributes=_allowed, protocols={"http", "https", "mailto", "data"})


def _allowed(tag: str, name: str, value: str) -> bool:
    if name in ("class", "title", "alt", "align"):
        return True
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data:")
    return tag == "img" and name == "src" and value.startswith(PICTURES)
