"""Folders: what belongs to a submission is read, the rest is reported, and no trick with files works."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from packing import CODE, POSIX, Zip, entry, reason

from autograder.submissions import allowlist, discovery


def test_only_what_is_on_the_list_is_read(home: Path) -> None:
    for name in ("1_prototypical_networks.ipynb", "team.yml"):
        (home / name).write_text("{}")
    (home / "weights").mkdir()
    (home / "weights" / "encoder.safetensors").write_bytes(b"x")
    for name in ("stages/my helper.py", "stages/data.pt", "conftest.py", "stages/deep/x.py", ".venv/bin/python"):
        (home / name).parent.mkdir(exist_ok=True, parents=True)
        (home / name).write_text("x")
    found = discovery.read(home)
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == (".venv/", "conftest.py", "stages/data.pt", "stages/deep/", "stages/my helper.py")


@pytest.mark.parametrize("around", ["handout", "handout/assignment", "a/b/c"])
def test_folders_around_are_looked_through(tmp_path: Path, home: Path, around: str) -> None:
    (tmp_path / "outer" / around).parent.mkdir(parents=True)
    home.rename(tmp_path / "outer" / around)
    (tmp_path / "outer" / "team.yml").touch()
    (tmp_path / "outer" / ".venv" / "stages").mkdir(parents=True)
    found = discovery.read(tmp_path / "outer")
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == (".venv/", "team.yml")


def test_two_submissions_in_one_are_refused_and_the_outer_one_wins(home: Path, tmp_path: Path) -> None:
    (home / "old" / "stages").mkdir(parents=True)
    assert discovery.read(home).ignored == ("old/",)
    outer = tmp_path / "outer"
    outer.mkdir()
    for name in ("first", "second"):
        (outer / name / "stages").mkdir(parents=True)
    assert "2 folders" in reason(outer)


@POSIX
@pytest.mark.parametrize("name", ["stages/simclr.py", "1_prototypical_networks.ipynb", "team.yml", "stages"])
def test_links_in_the_place_of_files_are_refused(home: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    if name == "stages":
        (home / "stages").rename(secret)
    else:
        secret.write_bytes(CODE)
        (home / name).unlink(missing_ok=True)
    (home / name).symlink_to(secret)
    assert "link" in reason(home)


@POSIX
def test_hard_links_pipes_and_sockets_are_refused_without_waiting(home: Path, tmp_path: Path) -> None:
    os.link(home / "stages" / "simclr.py", tmp_path / "other")
    assert "hard link" in reason(home)
    (home / "stages" / "simclr.py").unlink()
    os.mkfifo(home / "stages" / "simclr.py")
    assert "pipe" in reason(home)


@POSIX
def test_links_where_nothing_is_read_are_only_reported(home: Path, tmp_path: Path) -> None:
    (home / "data").symlink_to(tmp_path)
    (home / ".venv").mkdir()
    (home / ".venv" / "python").symlink_to("/usr/bin/python3")
    assert discovery.read(home).ignored == (".venv/", "data")


def test_files_that_are_too_large_or_too_many_are_refused(home: Path) -> None:
    with (home / "stages" / "simclr.py").open("wb") as file:
        file.truncate(allowlist.MAX_STAGE + 1)
    assert "at most 1 MB" in reason(home)
    (home / "stages" / "simclr.py").unlink()
    for number in range(allowlist.MAX_STAGES + 1):
        (home / "stages" / f"m{number}.py").touch()
    assert "101 files" in reason(home)


def test_a_notebook_that_is_too_large_costs_nothing_but_itself(home: Path, pack: Zip) -> None:
    said = ("2_simclr.ipynb (33.0 MB; at most 32 MB are read)",)
    with (home / "2_simclr.ipynb").open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    read = discovery.read(home)
    assert (list(read.stages), read.ignored) == (["simclr.py"], said)
    stored = entry("2_simclr.ipynb")
    stored.compress_type = zipfile.ZIP_STORED
    path = pack("stages/simclr.py")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(stored, bytes(33 * 1024 * 1024))
    read = discovery.read(path)
    assert (list(read.stages), read.ignored) == (["simclr.py"], said)


@POSIX
@pytest.mark.parametrize(
    ("names", "said"), [(("Simclr.py",), "case"), (("con.py",), "reserved"), (("x" * 210 + ".py",), "213")]
)
def test_names_that_collide_or_mean_devices_are_refused(home: Path, names: tuple[str, ...], said: str) -> None:
    for name in names:
        (home / "stages" / name).write_bytes(CODE)
    assert said in reason(home)


def test_the_private_copy_holds_the_graded_files_only(home: Path, tmp_path: Path) -> None:
    (home / "conftest.py").write_text("x")
    target = discovery.read(home).write(tmp_path / "copy")
    assert [path.relative_to(target).as_posix() for path in target.rglob("*")] == ["stages", "stages/simclr.py"]
    assert (target / "stages" / "simclr.py").stat().st_nlink == 1
