"""What students wrote, safe in an instructor's browser.

nbgrader's pages put rendered Markdown cells into the page as they are, scripts included, and formgrader runs with the
instructor's session. These filters take the place of nbconvert's (`HTMLExporter.filters`). Students' text comes through
`markdown2html`, which lets no attribute through that could dress it as a part of the page; the classes of the
autograder's own reports come through `clean_html` alone, where after `restore_notebook.py` nothing of theirs is HTML.
"""

from __future__ import annotations

import functools
import html
import re

import bleach
import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

TAGS = {
    *bleach.ALLOWED_TAGS,
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "span", "div", "del", "img", "sub", "sup"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
HIGHLIGHTED = {"div": {"highlight"}, "span": set(STANDARD_TYPES.values())}  # what pygments makes of code
REPORTED = {
    "div": {"alert", "alert-danger", "alert-info", "highlight", "hl-ipython3", "hl-python"},
    "span": {"label", "label-success", "label-default", "label-warning", "label-danger", *HIGHLIGHTED["span"]},
    "table": {"table", "table-condensed"},
}
MAX_MARKS = 500  # openings of tags and formulas in a cell; the parsers' time grows with their square
MAX_SPACES = 200  # in a row, likewise

# As a browser reads them, so after entities. A path is relative; no scheme but these, no control character anywhere.
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\x00-\x20\x7f-\xa0]*|(?![/\\])[^\x00-\x20\x7f-\xa0:\\]*", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")
_MARKS = re.compile(r"<|\\\\[\[(]|\\begin")
_SPACES = re.compile(rf"[^\S\n]{{{MAX_SPACES},}}")


@jinja2.pass_context
def markdown2html(context: jinja2.runtime.Context, source: str) -> str:
    """Renders Markdown with formulas; raw HTML, scripts, foreign pictures and harmful links do not come through."""
    cell = context.get("cell", {})
    attachments = cell.get("attachments", {}) if hasattr(cell, "get") else {}
    source = _SPACES.sub(" " * MAX_SPACES, source)
    if len(_MARKS.findall(source)) > MAX_MARKS:
        return _as_it_is(source)
    try:
        renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # such as a picture that is not attached: show the text as it is
        return _as_it_is(source)
    return _clean(rendered, HIGHLIGHTED)


def clean_html(text: str | bytes) -> str:
    """Lets the harmless tags of the autograder's reports and of highlighted code through; shows all others as text."""
    text = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return _clean(text, REPORTED)


def _as_it_is(source: str) -> str:
    return f"<pre>{html.escape(source)}</pre>"


def _clean(text: str, classes: dict[str, set[str]]) -> str:
    allowed = functools.partial(_allowed, classes)
    return bleach.clean(text, tags=TAGS, attributes=allowed, protocols={"http", "https", "mailto", "data"})


def _allowed(classes: dict[str, set[str]], tag: str, name: str, value: str) -> bool:
    value = html.unescape(value)
    if name == "class":
        return set(value.split()) <= classes.get(tag, set())
    if name in ("title", "alt", "align"):
        return True
    if tag == "a" and name == "href":
        return _LINK.fullmatch(value) is not None
    return tag == "img" and name == "src" and _PICTURE.fullmatch(value) is not None
