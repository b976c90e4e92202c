"""Text for people: what a stranger wrote is harmless, and colours stay only where they are wanted."""

from __future__ import annotations

import pytest

from autograder.text import coloured, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\u202eb\u2066c\u200fd", "abcd"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("\ud800", "\ufffd"),
        ("tab\tstays", "tab\tstays"),
        ("\x1b", ""),
    ],
)
def test_text_is_made_plain(text: str, expected: str) -> None:
    assert plain(text) == expected
    plain(text).encode("utf-8")


def test_colours_stay_only_where_they_are_wanted() -> None:
    assert coloured("\x1b[31mred\x1b[0m \x1b[2Jgone\u202e") == "\x1b[31mred\x1b[0m gone"
