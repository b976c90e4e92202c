"""An honest submission as a folder, and archives made to order."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from packing import CODE, Zip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An honest submission in a class of its own."""
    folder = tmp_path / "class" / "ada"
    (folder / "stages").mkdir(parents=True)
    (folder / "stages" / "simclr.py").write_bytes(CODE)
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Zip:
    """Makes `class/ada-hw01.zip` of names and contents, or of entries made by hand."""

    def make(*names: str | zipfile.ZipInfo, content: bytes = CODE) -> Path:
        path = tmp_path / "class" / "ada-hw01.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, content)
        return path

    return make
