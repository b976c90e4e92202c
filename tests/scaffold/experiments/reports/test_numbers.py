"""Numbers beside a paper's."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_a_difference_of_nothing_has_no_sign() -> None:
    from experiments.reports.numbers import difference

    assert [difference({"paper": "99.7 %", "accuracy": value}) for value in (0.9969, 0.9974, 0.9981, 0.9959)] == [
        "0.0", "0.0", "+0.1", "−0.1"]  # fmt: skip
    assert difference({"paper": "–", "accuracy": 1.0}) == "–"
