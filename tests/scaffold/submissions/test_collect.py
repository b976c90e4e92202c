"""Collecting a class: `autograder collect`, and stock `nbgrader zip_collect` with our extractor, under attack."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.commands import course
from autograder.errors import UserError
from autograder.submissions import collect

CODE = b"def f():\n    return 1\n"
NOTEBOOK = "1_prototypical_networks.ipynb"
HONEST = {"stages/report.py": CODE, NOTEBOOK: b"{}"}


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def in_layers(depth: int) -> bytes:
    content = packed({"stages/episodes.py": b"evil"})
    for _ in range(depth):
        content = packed({"stages.zip": content})
    return content


ATTACKS = {  # each is in the archive of a student of this name, beside an honest submission
    "other": {"ada-hw01/stages/episodes.py": b"evil"},
    "stranger": {"nobody-hw01/stages/report.py": b"evil"},
    "leaver": {"..-hw01/stages/report.py": b"evil"},
    "layers": {"more.zip": in_layers(5)},
    "bomb": {"zeros.bin": bytes(40 * 1024 * 1024)},
    "innocent": {"old version/stages/protonet.py": b"evil"},
}
RENAMED = {"stages/report.py": CODE, "1_prototypical_networks (1).ipynb": b"{}", "Решение.ipynb": b"{}"}
REFUSED = {"cut": packed(HONEST)[:-60], "climber": packed(HONEST | {"../ada/stages/report.py": b"evil"})}


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose class has handed in: ada honestly, the others with an attack each."""
    home = course.write(tmp_path_factory.mktemp("collect") / "course")
    archives = home / "downloaded" / "homework" / "archive"
    archives.mkdir(parents=True)
    (archives / "ada-hw01.zip").write_bytes(packed(HONEST))
    for name, members in ATTACKS.items():
        (archives / f"{name}-hw01.zip").write_bytes(packed(HONEST | members))
    (archives / "renamer-hw01.zip").write_bytes(packed(RENAMED))
    for name, content in REFUSED.items():
        (archives / f"{name}-hw01.zip").write_bytes(content)
    (archives / "notes.txt").write_text("mine")
    return home


@pytest.fixture(scope="module", params=["collect", "zip_collect"])
def collected(request: pytest.FixtureRequest, downloads: Path) -> tuple[Path, str]:
    """The course after one of the two commands, and what it said."""
    command = {
        "collect": ["-m", "autograder", "collect", "downloaded/homework/archive", "--output", "."],
        "zip_collect": ["-m", "nbgrader", "zip_collect", "homework"],
    }[request.param]
    home = downloads.parent / request.param
    subprocess.run(["cp", "-r", downloads, home], check=True)
    done = subprocess.run([sys.executable, *command], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == (3 if request.param == "collect" else 0), done.stderr
    assert "Traceback" not in done.stderr
    return home, done.stdout + done.stderr


def test_each_student_has_exactly_what_their_own_archive_holds(collected: tuple[Path, str]) -> None:
    submitted = collected[0] / "submitted"
    files = {path.relative_to(submitted).as_posix(): path for path in submitted.rglob("*") if path.is_file()}
    expected = {f"{name}/homework/{file}" for name in ("ada", *ATTACKS) for file in HONEST}
    assert set(files) == expected | {f"renamer/homework/{file}" for file in RENAMED}
    assert all(path.read_bytes() == (HONEST | RENAMED)[name.split("/", 2)[2]] for name, path in files.items())


def test_nothing_is_written_anywhere_else(collected: tuple[Path, str], downloads: Path) -> None:
    home = collected[0]
    before = {path.relative_to(downloads) for path in downloads.rglob("*") if path.is_file()}
    after = {path.relative_to(home) for path in home.rglob("*") if path.is_file()}
    extracted = Path("downloaded", "homework", "extracted")
    new = {path for path in after - before if path.parts[0] != "submitted" and not path.is_relative_to(extracted)}
    assert {path.suffix for path in new} <= {".db", ".log"}  # of nbgrader itself
    unpacked = sum((home / path).stat().st_size for path in after if path.is_relative_to(extracted))
    assert unpacked < 10_000
    assert [path.name for path in (home / "downloaded" / "homework").iterdir() if path.name[0] == "."] == []


def test_all_that_was_refused_or_ignored_is_named(collected: tuple[Path, str]) -> None:
    said = collected[1]
    for words in ("cut", "Was it cut off", "climber", "outside its folder", "notes.txt is not a submission"):
        assert words in said
    for name in ("ada-hw01/", "nobody-hw01/", "..-hw01/", "more.zip", "zeros.bin", "old version/"):
        assert f"not read: {name}" in said


# autograder collect alone ---------------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


def outcome(source: Path, output: Path, assignment: str = "") -> dict[str, str]:
    """What became of each student: the files, or the reason."""
    done, _ = collect.collect(source, output, assignment)
    return {item.submission.student_id: item.refused or " ".join(item.files) for item in done}


def test_folders_and_both_names_of_archives_are_collected(source: Path, tmp_path: Path) -> None:
    (source / "ada.zip").write_bytes(packed(HONEST))
    (source / "ben-hw02.zip").write_bytes(packed({f"assignment/{name}": content for name, content in HONEST.items()}))
    for name, content in (HONEST | {"team.yml": b"- chloe", "weights/head.safetensors": b"x"}).items():
        (source / "chloe" / name).parent.mkdir(exist_ok=True, parents=True)
        (source / "chloe" / name).write_bytes(content)
    (source / "Zoë Ångström").mkdir()
    (source / "Zoë Ångström" / "work.zip").write_bytes(packed(HONEST))
    (source / "dan-hw01 (1).zip").write_bytes(packed(HONEST))
    names = " ".join(sorted(HONEST))
    assert outcome(source, tmp_path / "out") == {
        "Zoë Ångström": names,
        "ada": names,
        "ben": names,
        "chloe": f"{names} team.yml weights/head.safetensors",
    }
    assert (tmp_path / "out" / "chloe" / "weights" / "head.safetensors").read_bytes() == b"x"
    assert collect.collect(source, tmp_path / "out")[1] == ["dan-hw01 (1).zip"]


def test_what_a_student_has_already_is_never_changed(source: Path, tmp_path: Path) -> None:
    (source / "ada.zip").write_bytes(packed(HONEST))
    first, _ = collect.collect(source, tmp_path / "out")
    again, _ = collect.collect(source, tmp_path / "out")
    assert [(item.unchanged, item.refused) for item in first + again] == [(False, ""), (True, "")]
    (source / "ada.zip").write_bytes(packed({"stages/report.py": b"new"}))
    (source / "ben.zip").write_bytes(packed(HONEST))
    found = outcome(source, tmp_path / "out")
    assert "already holds other work" in found["ada"]
    assert found["ben"] == " ".join(sorted(HONEST))
    assert (tmp_path / "out" / "ada" / "stages" / "report.py").read_bytes() == CODE
    assert sorted(os.listdir(tmp_path / "out")) == ["ada", "ben"]


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_nothing_is_written_through_a_link(source: Path, tmp_path: Path) -> None:
    for name in ("ada", "ben", "chloe"):
        (source / f"{name}.zip").write_bytes(packed(HONEST))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ada").symlink_to(elsewhere)
    (tmp_path / "out" / "ben").symlink_to(tmp_path / "gone")
    found = outcome(source, tmp_path / "out", "homework")
    assert ["is a link" in found[name] for name in ("ada", "ben", "chloe")] == [True, True, False]
    assert list(elsewhere.iterdir()) == []


def test_two_archives_for_one_student_are_refused(source: Path, tmp_path: Path) -> None:
    for name in ("ada.zip", "ada-hw01.zip", "ben.zip"):
        (source / name).write_bytes(packed(HONEST))
    found = outcome(source, tmp_path / "out")
    assert "2 times" in found["ada"]
    assert os.listdir(tmp_path / "out") == ["ben"]


@pytest.mark.skipif(os.name != "posix", reason="needs the names of a POSIX system")
@pytest.mark.parametrize("name", ["..", "-rf", "con", "a\x1bb", ".hidden", "a|b", "x" * 120, "ada (0123456789abcdef)"])
def test_no_student_is_called_what_is_no_name(source: Path, tmp_path: Path, name: str) -> None:
    for student in (name, "ada"):
        (source / f"{student}-hw01.zip").write_bytes(packed(HONEST))
    found = outcome(source, tmp_path / "out")
    assert sorted("cannot be the name of" in said for said in found.values()) == [False, True]
    assert os.listdir(tmp_path / "out") == ["ada"]
    assert sorted(os.listdir(tmp_path)) == ["downloads", "out"]


@pytest.mark.skipif(os.name != "posix", reason="needs a file system that tells case apart")
def test_names_that_differ_in_case_only_do_not_share_a_folder(source: Path, tmp_path: Path) -> None:
    for name in ("Ada", "ada"):
        (source / f"{name}.zip").write_bytes(packed(HONEST))
    assert sum("differ only in case" in said for said in outcome(source, tmp_path / "out").values()) == 1


def test_a_notebook_of_another_name_is_collected_where_one_is_missing(source: Path, tmp_path: Path) -> None:
    others = {
        "1_prototypical_networks (1).ipynb": b"1",
        "Решение.ipynb": b"2",
        ".hidden.ipynb": b"3",
        "con.ipynb": b"4",
    }
    for student, files in {"ada": HONEST, "ben": HONEST | {"2_simclr.ipynb": b"{}"}}.items():
        (source / f"{student}.zip").write_bytes(packed(files | others))
        for name, content in (files | others).items():
            (source / f"{student}_2" / name).parent.mkdir(exist_ok=True, parents=True)
            (source / f"{student}_2" / name).write_bytes(content)
    found = outcome(source, tmp_path / "out")
    both = " ".join(sorted([*HONEST, "1_prototypical_networks (1).ipynb", "Решение.ipynb"]))
    assert (found["ada"], found["ada_2"]) == (both, both)
    complete = " ".join(sorted([*HONEST, "2_simclr.ipynb"]))
    assert (found["ben"], found["ben_2"]) == (complete, complete)


@pytest.mark.skipif(os.name != "posix", reason="needs links and names that differ in case")
def test_no_notebook_that_nobody_asked_for_refuses_a_submission(source: Path, tmp_path: Path) -> None:
    bomb = {"mine.ipynb": bytes(40 * 1024 * 1024)}
    (source / "ada.zip").write_bytes(packed({"stages/report.py": CODE, "Copy.ipynb": b"", "copy.ipynb": b"", **bomb}))
    (source / "ben" / "stages").mkdir(parents=True)
    (source / "ben" / "stages" / "report.py").write_bytes(CODE)
    (source / "ben" / "mine.ipynb").symlink_to("/etc/hostname")
    for number in range(30):
        (source / "ben" / f"try {number}.ipynb").write_bytes(b"{}")
    found = outcome(source, tmp_path / "out")
    assert found["ada"] == "Copy.ipynb stages/report.py"
    assert "mine.ipynb" not in found["ben"]
    assert "stages/report.py" in found["ben"]
    assert found["ben"].count("try") == 9


def test_a_broken_notebook_costs_nothing_but_itself(source: Path, tmp_path: Path) -> None:
    content = bytearray(packed({"stages/report.py": CODE, NOTEBOOK: b'{"a": 1, "b": 2}' * 50}))
    at = content.rfind(b"PK\x01\x02")  # the notebook's entry
    content[at + 16] ^= 0xFF  # its checksum
    (source / "ada.zip").write_bytes(content)
    (item,), _ = collect.collect(source, tmp_path / "out")
    assert item.files == ("stages/report.py",)
    assert item.ignored[0].startswith(f"{NOTEBOOK} (broken: ")
    assert not (tmp_path / "out" / "ada" / NOTEBOOK).exists()


def test_wrong_usage_is_a_sentence(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no submission"):
        collect.collect(source, tmp_path / "out")
    (source / "ada.zip").write_bytes(packed(HONEST))
    with pytest.raises(UserError, match="lies within"):
        collect.collect(source, source / "out")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="could not be written"):
        collect.collect(source, tmp_path / "file")
