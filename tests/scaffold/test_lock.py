"""`constraints.txt`: the versions that `make lock` found for grading are among those that `pyproject.toml` allows."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:  # pytest brings it there
    import tomli as tomllib


@pytest.fixture
def locked(root: Path) -> dict[str, Version]:
    """The locked version of each package."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {name: Version(version) for name, version in (line.split("==") for line in lines if line[0] != "#")}


def direct(root: Path) -> Iterator[Requirement]:
    """What grading needs by itself."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["instructor"]])


def test_every_direct_dependency_is_locked_within_its_range(root, locked):
    for requirement in direct(root):
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not locked: run `make lock`"
        assert locked[name] in requirement.specifier, f"{requirement} excludes {locked[name]}: run `make lock`"


def test_the_lock_has_names_and_versions_of_any_build_and_says_how_it_was_made(root, locked):
    head = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()[:2]
    assert re.search(r"Python 3\.\d+, Linux", head[0])
    assert "make lock" in head[1]
    assert list(locked) == sorted(locked)
    assert [name for name, version in locked.items() if version.local or canonicalize_name(name) != name] == []
