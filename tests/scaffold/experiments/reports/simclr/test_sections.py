"""The SimCLR page says where probe and baseline cross."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_the_crossing_is_found_between_the_numbers_of_labels() -> None:
    from experiments.reports.simclr.sections import ahead_until

    def line(n: int, probe: float, baseline: float) -> dict[str, float]:
        return {"step": n, "probe": probe, "baseline": baseline}

    crossing = ahead_until([line(10_000, 0.5, 0.6), line(100, 0.4, 0.3)])
    assert crossing.endswith("; the curves cross between 100 and 10,000 labels, near 1,000."), (
        "halfway between 100 and 10,000 on the logarithmic axis"
    )
    ahead = ahead_until([line(500, 0.4, 0.3), line(50, 0.3, 0.2), line(5, 0.2, 0.1)])
    everywhere = "is ahead with every number of labels measured: 5, 50 and 500; the curves do not cross."
    assert ahead == f"The probe {everywhere}"
    behind = ahead_until([line(n, 0.1, 0.2) for n in (50, 5, 500)])
    assert behind == f"Training from scratch {everywhere}"
    late = ahead_until([line(10, 0.1, 0.2), line(1000, 0.4, 0.3)])
    assert late == (
        "The probe is ahead with 1,000 labels; training from scratch is ahead with 10 labels; the curves cross between "
        "10 and 1,000 labels, near 100."
    )
    assert ahead_until([line(500, 0.3, 0.3)]) == "They are level with 500 labels."
    assert ahead_until([line(5, 0.1, 0.1), line(500, 0.3, 0.3)]) == "They are level with 5 and 500 labels."
    near = line(2000, 0.60, 0.61) | {"probe_half_width": 0.01, "baseline_half_width": 0.01}
    level = ahead_until([line(500, 0.4, 0.3), near])
    assert level.startswith(
        "The probe is ahead with 500 labels; they are level with 2,000 labels; the curves cross between 500 and 2,000"
    )
    assert ahead_until([line(50, 0.1, 0.2)]) == "Training from scratch is ahead with 50 labels."
    assert ahead_until([]) == ""
