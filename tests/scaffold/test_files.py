"""Files are written whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from autograder import files
from autograder.errors import UserError


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_harms_nothing_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "results.json"
    files.write(path, ["old"])

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os if call == "fsync" else Path, call, full)
    with pytest.raises(UserError, match=r"disk is full.*same command again"):
        files.write(path, ["new"])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
