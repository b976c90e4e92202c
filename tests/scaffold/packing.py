"""Submissions to read: files of a student's, an archive's entries, and why one is refused."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.submissions import discovery
from autograder.submissions.allowlist import RefusedError

CODE = b"def f():\n    return 1\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the files of a POSIX system")
Zip = Callable[..., Path]  # makes an archive of names and contents, or of entries made by hand


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def reason(path: Path) -> str:
    """The one sentence or two for which a submission is refused."""
    with pytest.raises(RefusedError) as caught:
        discovery.read(path)
    text = str(caught.value)
    assert text.endswith((".", "?"))
    assert "\n" not in text
    assert text.isprintable()
    return text
