"""What is kept with a run comes back, and may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_exhibits_come_back_and_may_be_missing_or_broken(tmp_path: Path) -> None:
    from experiments.training import artifacts

    assert artifacts.load(tmp_path) == {}
    large = torch.rand(1000, 1000)
    artifacts.save(tmp_path, {"part": {"some": large[:2], "name": "x"}})
    assert (tmp_path / artifacts.NAME).stat().st_size < 20_000, "the part alone, not all that it is a view of"
    loaded = artifacts.load(tmp_path)["part"]
    assert torch.equal(loaded["some"], large[:2])
    assert loaded["name"] == "x"
    (tmp_path / artifacts.NAME).write_bytes(b"half")
    assert artifacts.load(tmp_path) == {}
