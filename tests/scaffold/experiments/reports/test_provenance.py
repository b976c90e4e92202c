"""The log of what was tried is found."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_the_log_of_the_stages_is_found_where_their_runs_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import stages
    from experiments.reports.provenance import find_log

    own, shipped = tmp_path / "runs" / "cpu" / "protonet", tmp_path / "solutions" / "runs" / "cpu" / "protonet"
    own.mkdir(parents=True)
    shipped.mkdir(parents=True)
    monkeypatch.setattr(stages, "__file__", str(tmp_path / "solutions" / "stages" / "__init__.py"))
    assert find_log(own, "cpu") is None
    (shipped / "tried.md").write_text("shipped")
    assert find_log(own, "cpu") == shipped / "tried.md"
    assert find_log(own, "smoke") is None
    (own / "tried.md").write_text("own")
    assert find_log(own, "cpu") == own / "tried.md"
