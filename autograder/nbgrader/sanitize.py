"""What students wrote, made safe for an instructor's browser.

nbgrader inserts rendered Markdown cells into its pages as they are, scripts included, and formgrader runs in the
instructor's session. These filters replace nbconvert's (`HTMLExporter.filters`). Students' text passes through
`markdown2html`, which drops every attribute that could make it look like a part of the page; only `clean_html` lets the
classes of the autograder's reports through, and after `restore_notebook.py` it gets no HTML from students.
"""

# bleach has no types:
# mypy: no-warn-return-any

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
MAX_MARKS = 500  # openings of tags and formulas in a cell; parsing takes time quadratic in them
MAX_SPACES = 200  # in a row, likewise

# As a browser reads them, that is with entities resolved. Relative paths and these schemes, no control characters.
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\x00-\x20\x7f-\xa0]*|(?![/\\])[^\x00-\x20\x7f-\xa0:\\]*", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")
_MARKS = re.compile(r"<|\\\\[\[(]|\\begin")
_SPACES = re.compile(rf"[^\S\n]{{{MAX_SPACES},}}")


@jinja2.pass_context
def markdown2html(context: jinja2.runtime.Context, source: str) -> str:
    """Renders Markdown with formulas, without raw HTML, scripts, external pictures and harmful links."""
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
    """Lets the harmless tags of the autograder's reports and of highlighted code through, and shows others as text."""
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
