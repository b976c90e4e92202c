"""Tables for spreadsheets: no cell is a formula, whatever a student wrote."""

from __future__ import annotations

import re

import pytest

from autograder.reporting import exports


@pytest.mark.parametrize("text", ["a;=1", "a; +1", 'a;"=1"', "a, @x", "a|-1", "a; \uff1d1", "a;;=1"])
def test_no_formula_stands_after_a_separator(text: str) -> None:
    assert re.search(r"[;,|]\s*\"?'[=+@\uff1d-]", exports.cell(text))
    assert exports.cell("a;b, c|d - e") == "a;b, c|d - e"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1", "\u202e=1", '"=1'])
def test_no_cell_is_a_formula(text: str) -> None:
    assert exports.cell(text).startswith("'")
    assert exports.cell("ada") == "ada"
