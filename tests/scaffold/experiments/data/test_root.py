"""The data's folder: a download that fails is a sentence."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_a_download_without_a_network_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torchvision.datasets
    from experiments.__main__ import main

    def unreachable(*arguments: object, **options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torchvision.datasets, "Omniglot", unreachable)
    assert main(["data", "--data-root", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "DATA_ROOT" in error
    assert error.count("\n") == 1
