"""Text for people: text from strangers, made harmless before a page, table or terminal shows it, and points as text.

Standard library only, and part of the handout, so that everyone shares it.
"""

from __future__ import annotations

import re

# ESC sequences: CSI …, OSC … (ended by BEL or ESC \), and the two-character ones.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# C0 but tab and line feed, DEL, C1; marks, embeddings and isolates of direction; invisible and tag characters.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINES = re.compile("\r\n|\u2028|\u2029|\x85")


def plain(text: object, limit: int | None = None) -> str:
    """Returns the text without escape sequences, control and direction characters.

    Args:
        text: anything that `str` takes.
        limit: the most characters to keep; a longer text is cut and ends in ` …`.
    """
    clean = _LINES.sub("\n", str(text))
    clean = _CONTROLS.sub("", _ESCAPES.sub("", clean))
    clean = _SURROGATES.sub("\ufffd", clean)
    return clean if limit is None or len(clean) <= limit else f"{clean[:limit]} …"


def plain_line(text: object, limit: int | None = None) -> str:
    """Returns the text as `plain` does, on one line."""
    return " ".join(plain(text, limit).split())


def coloured(text: object) -> str:
    """Returns the text as `plain` does, but keeps ANSI colours, for a reader that turns them into HTML."""
    pieces = []
    end = 0
    for colour in _COLOURS.finditer(str(text)):
        pieces += [plain(str(text)[end : colour.start()]), colour.group()]
        end = colour.end()
    return "".join([*pieces, plain(str(text)[end:])])


def number(points: float) -> str:
    """Returns points without needless decimals: 6, 4.5, 11.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")
