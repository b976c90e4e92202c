"""The Makefile: names with spaces reach the commands whole, and `make clean` keeps grades."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("make") or os.name != "posix", reason="needs make and a POSIX shell")
ECHO = f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv[1:], os.environ.get('DATA_ROOT')]))\n"


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A folder with spaces in its name, the Makefile, and an interpreter that prints its arguments."""
    folder = tmp_path / "my check out"
    (folder / "solutions" / "stages").mkdir(parents=True)
    shutil.copy(root / "Makefile", folder)
    (folder / "pyproject.toml").touch()
    interpreter = folder / "my venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(ECHO)
    interpreter.chmod(interpreter.stat().st_mode | stat.S_IXUSR)
    (folder / "my venv" / ".ready").touch()
    return folder


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("SUBMISSION", "DATA_ROOT")}
    command = ["make", "-s", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["check", "SUBMISSION=my work", "STAGE=nt_xent distances"], ["check", "my work", "nt_xent distances"]),
        (["watch", "SUBMISSION=my work", "STAGE=nt_xent"], ["watch", "my work", "nt_xent"]),
        (["hint", "STAGE=nt_xent", "STEP=2"], ["hint", "nt_xent", "2"]),
        (["hint", "STAGE=my stage"], ["hint", "my stage"]),
        (["grade", "SUBMISSIONS=my class", "OUT=my out"], ["grade", "my class", "my out"]),
        (["collect", "SUBMISSIONS=my class", "OUT=my out"], ["collect", "my class", "my out"]),
        (["collect", "SUBMISSIONS=my class"], ["collect", "my class", "submissions"]),  # not where `make clean` cleans
        (["course", "OUT=my out"], ["course", "my out/course"]),
        (["demo", "OUT=my out"], ["demo", "my out/demo"]),
    ],
)
def test_names_with_spaces_stay_whole(checkout: Path, words: list[str], expected: list[str]) -> None:
    done = make(checkout, *words, "VENV=my venv", "DATA_ROOT=my data")
    assert done.returncode == 0, done.stderr
    arguments, data_root = json.loads(done.stdout)
    assert [word for word in arguments if not word.startswith("-") and word != "autograder"] == expected
    assert data_root == "my data"


def test_a_base_interpreter_with_spaces_makes_the_environment(checkout: Path) -> None:
    base = checkout / "my python"
    shutil.copy2(checkout / "my venv" / "bin" / "python", base)
    done = make(checkout, "install", f"PYTHON={base}", "VENV=a new venv")
    lines = done.stdout.splitlines()
    assert '["-m", "venv", "a new venv"]' in lines[2], done.stderr  # after the check of the version
    done = make(checkout, "install", f"PYTHON={sys.executable} -I", "VENV=my venv")  # a command of two words, as ever
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("left", ["grading/results.json", "course/gradebook.db", "grades.csv", "course/submitted/a/b"])
def test_clean_keeps_grades_unless_it_is_forced(checkout: Path, left: str) -> None:
    kept = checkout / "my out" / left
    kept.parent.mkdir(parents=True)
    kept.touch()
    (checkout / "build").mkdir()
    done = make(checkout, "clean", "OUT=my out")
    assert done.returncode != 0
    assert (checkout / "build").is_dir()
    assert kept.exists()
    assert "my out/" in done.stderr
    assert "make clean FORCE=yes" in done.stderr
    assert make(checkout, "clean", "OUT=my out", "FORCE=yes").returncode == 0
    assert not (checkout / "my out").exists()
    assert not (checkout / "build").exists()


def test_clean_removes_what_can_be_made_again(checkout: Path) -> None:
    demo = checkout / "out" / "demo"
    (demo / "grades").mkdir(parents=True)
    (demo / ".made-by-autograder-demo").touch()
    (demo / "grades" / "results.json").touch()
    (checkout / "out" / "handout").mkdir()
    assert make(checkout, "clean").returncode == 0
    assert not (checkout / "out").exists()
    assert make(checkout, "clean").returncode == 0
