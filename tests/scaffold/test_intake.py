"""Intake: what belongs to a submission is read, the rest is reported, and no trick with files or archives works."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading import archives, handed, intake

CODE = b"def f():\n    return 1\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the files of a POSIX system")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An honest submission in a class of its own."""
    folder = tmp_path / "class" / "ada"
    (folder / "stages").mkdir(parents=True)
    (folder / "stages" / "simclr.py").write_bytes(CODE)
    return folder


Zip = Callable[..., Path]


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


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def reason(path: Path) -> str:
    """The one sentence or two for which a submission is refused."""
    with pytest.raises(intake.Refused) as caught:
        intake.read(path)
    text = str(caught.value)
    assert text.endswith((".", "?"))
    assert "\n" not in text
    assert text.isprintable()
    return text


# Finding -------------------------------------------------------------------------------------------------------------


def test_folders_and_archives_are_found_and_the_rest_is_named(home: Path, pack: Zip) -> None:
    pack("stages/simclr.py").rename(home.parent / "ben-hw07.zip")
    (home.parent / "notes.txt").write_text("mine")
    (home.parent / "late.zip").write_bytes(b"")
    (home.parent / ".DS_Store").write_bytes(b"")
    (home.parent / ".hidden" / "stages").mkdir(parents=True)
    found, others = intake.find(home.parent)
    assert [(item.student_id, item.name, item.refused) for item in found] == [("ada", "ada", ""), ("ben", "ben", "")]
    assert others == [".hidden", "late.zip", "notes.txt"]
    assert {tuple(intake.read(item.path).stages.items()) for item in found} == {(("simclr.py", CODE),)}


@pytest.mark.parametrize("course", [True, False])
def test_a_course_and_its_submitted_folder_are_found(tmp_path: Path, course: bool) -> None:
    for student, assignment in (("ada", "homework"), ("ada", "other"), ("ben", "homework")):
        folder = tmp_path / "submitted" / student / assignment / "stages"
        folder.mkdir(parents=True)
        (folder / "simclr.py").write_bytes(CODE if assignment == "homework" else b"wrong one")
    if course:
        (tmp_path / "nbgrader_config.py").touch()
    found, _ = intake.find(tmp_path if course else tmp_path / "submitted")
    assert [item.student_id for item in found] == ["ada", "ben"]
    assert all(intake.read(item.path).stages == {"simclr.py": CODE} for item in found)


def test_a_folder_without_submissions_is_a_mistake_of_the_users(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="submission"):
            intake.find(folder)


def test_handing_in_twice_is_refused_and_harms_nobody_else(home: Path, pack: Zip) -> None:
    pack("stages/simclr.py")
    (home.parent / "ben" / "stages").mkdir(parents=True)
    found, _ = intake.find(home.parent)
    assert [(item.student_id, bool(item.refused)) for item in found] == [("ada", True), ("ben", False)]
    assert "ada-hw01.zip" in found[0].refused


@POSIX
@pytest.mark.parametrize(
    "name", ["=cmd|'x'", "\x1b[31mred", "a\u202eb", "<script>", "con", "-rf", "x" * 200, "a/../b", "é"]
)
def test_every_id_becomes_a_harmless_name_of_its_own(tmp_path: Path, name: str) -> None:
    name = name.replace("/", "_")
    for folder in (name, "plain"):
        (tmp_path / folder / "stages").mkdir(parents=True)
    found, _ = intake.find(tmp_path)
    assert len({item.name.casefold() for item in found}) == 2
    for item in found:
        assert handed.RESERVED.fullmatch(item.name) is None
        assert all(letter.isascii() and (letter.isalnum() or letter in "_.@-") for letter in item.name)
        assert not item.name.startswith((".", "-"))
        assert len(item.name) < 100
        assert item.student_id.isprintable()


@POSIX
def test_no_id_can_take_the_name_that_another_got(tmp_path: Path) -> None:
    (tmp_path / "\u00e9" / "stages").mkdir(parents=True)
    (tmp_path / "bell\x07" / "stages").mkdir(parents=True)
    found, _ = intake.find(tmp_path)
    for item in found:
        for taken in (item.name, item.student_id):
            (tmp_path / taken / "stages").mkdir(parents=True, exist_ok=True)
    found, _ = intake.find(tmp_path)
    assert len(found) == 5
    assert len({item.name.casefold() for item in found}) == len({item.student_id for item in found}) == 5


@POSIX
def test_two_spellings_of_one_name_are_one_student(tmp_path: Path) -> None:
    for name in ("Zo\u00eb", "Zoe\u0308"):
        (tmp_path / name / "stages").mkdir(parents=True)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes both spellings for one")
    (item,), _ = intake.find(tmp_path)
    assert item.student_id == "Zo\u00eb"
    assert "2 times" in item.refused


@POSIX
def test_ids_that_differ_in_case_only_get_files_of_their_own(tmp_path: Path) -> None:
    for name in ("Ada", "ada"):
        (tmp_path / name / "stages").mkdir(parents=True)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system does not tell case apart")
    found, _ = intake.find(tmp_path)
    assert len({item.name.casefold() for item in found}) == 2


@POSIX
def test_a_submission_that_is_a_link_is_refused(home: Path) -> None:
    (home.parent / "ben").symlink_to(home)
    found, _ = intake.find(home.parent)
    assert [bool(item.refused) for item in found] == [False, True]


# Folders -------------------------------------------------------------------------------------------------------------


def test_only_what_is_on_the_list_is_read(home: Path) -> None:
    for name in ("1_prototypical_networks.ipynb", "team.yml"):
        (home / name).write_text("{}")
    (home / "weights").mkdir()
    (home / "weights" / "encoder.safetensors").write_bytes(b"x")
    for name in ("stages/my helper.py", "stages/data.pt", "conftest.py", "stages/deep/x.py", ".venv/bin/python"):
        (home / name).parent.mkdir(exist_ok=True, parents=True)
        (home / name).write_text("x")
    found = intake.read(home)
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == (".venv/", "conftest.py", "stages/data.pt", "stages/deep/", "stages/my helper.py")


@pytest.mark.parametrize("around", ["handout", "handout/assignment", "a/b/c"])
def test_folders_around_are_looked_through(tmp_path: Path, home: Path, around: str) -> None:
    (tmp_path / "outer" / around).parent.mkdir(parents=True)
    home.rename(tmp_path / "outer" / around)
    (tmp_path / "outer" / "team.yml").touch()
    (tmp_path / "outer" / ".venv" / "stages").mkdir(parents=True)
    found = intake.read(tmp_path / "outer")
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == (".venv/", "team.yml")


def test_two_submissions_in_one_are_refused_and_the_outer_one_wins(home: Path, tmp_path: Path) -> None:
    (home / "old" / "stages").mkdir(parents=True)
    assert intake.read(home).ignored == ("old/",)
    outer = tmp_path / "outer"
    outer.mkdir()
    for name in ("first", "second"):
        (outer / name / "stages").mkdir(parents=True)
    assert "2 folders" in reason(outer)


# Nothing to grade ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), "the folder is empty"),
        (("answers.pdf",), "which holds answers.pdf"),
        (("stages/__init__.py",), "which holds stages/__init__.py"),
        (("stages/ProtoNet.py",), "stages/ProtoNet.py (expected: protonet.py)"),
        (("stages/protonet (1).py",), "stages/protonet (1).py (expected: protonet.py)"),
        (("stages/linear-eval.py",), "stages/linear-eval.py (expected: linear_eval.py)"),
        (("stages/simlcr.py",), "stages/simlcr.py (expected: simclr.py)"),
        (("stages/protonet.py.txt",), "stages/protonet.py.txt (expected: protonet.py)"),
        (("Stages/protonet.py",), "Stages/ should be called stages/"),
        (("protonet.py", "simclr.py"), "lie in no folder; they belong into stages/"),
        (("a/b/c/d/stages/protonet.py",), "a/b/c/d/stages/ lies too deep; at most 3"),
        (("stages/helper.py", "new/stages/simclr.py"), "new/stages/ is not looked into"),
        (("work.rar",), "Archives that stay closed: work.rar"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_whatever_holds_no_stage_is_refused_and_names_what_lies_there(
    tmp_path: Path, pack: Zip, packed: bool, files: tuple[str, ...], said: str
) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(CODE)
    assert (said.replace("folder is", "archive is") if packed else said) in reason(pack(*files) if packed else home)


def test_the_only_archive_in_a_students_folder_is_opened(pack: Zip, tmp_path: Path) -> None:
    folder = pack("assignment/stages/simclr.py", "notes.txt").parent
    (folder / "onlinetext.html").write_text("see the archive")
    found = intake.read(folder)
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == ("notes.txt", "onlinetext.html")
    pack("notes.txt")
    assert reason(folder).startswith("ada-hw01.zip: There is nothing to grade")
    (folder / "old.zip").write_bytes(b"")
    assert "2 archives" in reason(folder)
    (folder / "stages").mkdir()
    (folder / "stages" / "simclr.py").write_bytes(CODE)
    assert intake.read(folder).ignored == ("ada-hw01.zip", "old.zip", "onlinetext.html")


@POSIX
def test_an_archive_that_is_a_link_is_not_opened(pack: Zip, tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "work.zip").symlink_to(pack("stages/simclr.py"))
    assert "work.zip is a link" in reason(tmp_path / "ada")


def test_an_archive_in_an_archive_in_a_folder_stays_closed(pack: Zip) -> None:
    inner = pack("stages/simclr.py").read_bytes()
    path = pack("ada-hw01.zip", content=inner)
    for place in (path, path.parent):
        assert "Archives that stay closed: ada-hw01.zip" in reason(place)


@pytest.mark.parametrize("packed", [False, True])
def test_a_missing_module_with_a_near_name_is_told(home: Path, pack: Zip, packed: bool) -> None:
    names = ("stages/simclr.py", "stages/protonet (1).py", "Report.py")
    for name in names:
        (home / name).write_bytes(CODE)
    found = intake.read(pack(*names) if packed else home)
    assert list(found.stages) == ["simclr.py"]
    assert set(found.near) == {
        "stages/protonet.py is missing, and stages/protonet (1).py was not read in its place",
        "stages/report.py is missing, and Report.py was not read in its place",
    }


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
    assert intake.read(home).ignored == (".venv/", "data")


def test_files_that_are_too_large_or_too_many_are_refused(home: Path) -> None:
    with (home / "stages" / "simclr.py").open("wb") as file:
        file.truncate(handed.MAX_STAGE + 1)
    assert "at most 1 MB" in reason(home)
    (home / "stages" / "simclr.py").unlink()
    for number in range(handed.MAX_STAGES + 1):
        (home / "stages" / f"m{number}.py").touch()
    assert "101 files" in reason(home)


def test_a_notebook_that_is_too_large_costs_nothing_but_itself(home: Path, pack: Zip) -> None:
    said = ("2_simclr.ipynb (33.0 MB; at most 32 MB are read)",)
    with (home / "2_simclr.ipynb").open("wb") as file:
        file.truncate(33 * 1024 * 1024)
    read = intake.read(home)
    assert (list(read.stages), read.ignored) == (["simclr.py"], said)
    stored = entry("2_simclr.ipynb")
    stored.compress_type = zipfile.ZIP_STORED
    path = pack("stages/simclr.py")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(stored, bytes(33 * 1024 * 1024))
    read = intake.read(path)
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
    target = intake.read(home).write(tmp_path / "copy")
    assert [path.relative_to(target).as_posix() for path in target.rglob("*")] == ["stages", "stages/simclr.py"]
    assert (target / "stages" / "simclr.py").stat().st_nlink == 1


# Archives ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", ["", "handout/", "metric learning/assignment/", "a/b/c/"])
def test_an_archive_is_read_with_or_without_folders_around(pack: Zip, top: str) -> None:
    names = [f"{top}stages/simclr.py", f"{top}old/stages/simclr.py", f"{top}tests/test_simclr.py"]
    found = intake.read(pack(*names, f"__MACOSX/{top}stages/simclr.py"))
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == ("__MACOSX/", "old/", "tests/")
    assert "2 folders" in reason(pack("one/stages/simclr.py", "two/stages/simclr.py"))


def test_backslashes_of_windows_are_folders(pack: Zip) -> None:
    info = entry("x")
    info.filename = info.orig_filename = "stages\\simclr.py"
    assert intake.read(pack(info)).stages == {"simclr.py": CODE}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.py", "outside"),
        ("stages/../../evil.py", "outside"),
        ("..\\evil.py", "outside"),
        ("/etc/cron.d/x", "absolute"),
        ("C:\\x.py", "absolute"),
        ("x" * 300, "enormous"),
        ("a/" * 600, "enormous"),
    ],
)
def test_names_that_lead_out_refuse_the_whole_archive(pack: Zip, name: str, said: str, tmp_path: Path) -> None:
    info = entry("x")
    info.filename = info.orig_filename = name
    before = sorted(tmp_path.parent.rglob("evil*"))
    assert said in reason(pack("stages/simclr.py", info))
    assert sorted(tmp_path.parent.rglob("evil*")) == before


def test_two_files_of_one_name_are_refused(pack: Zip) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = pack("stages/simclr.py", "stages/simclr.py")
    assert "twice" in reason(path)
    assert "case" in reason(pack("stages/simclr.py", "stages/SimCLR.py"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_an_archive_are_refused(pack: Zip, kind: int) -> None:
    assert "link or a device" in reason(pack(entry("stages/simclr.py", kind | 0o777), content=b"/etc/passwd"))
    assert intake.read(pack("stages/simclr.py", entry(".venv/bin/python", kind | 0o777))).ignored == (".venv/",)


def test_bombs_are_refused_before_they_are_unpacked(pack: Zip) -> None:
    big = b"\0" * (20 * 1024 * 1024)
    assert "at most 1 MB" in reason(pack("stages/simclr.py", content=big))
    assert "a bomb" in reason(pack("2_simclr.ipynb", content=big))
    many = [f"junk/{number}" for number in range(60)]
    path = pack("stages/simclr.py", *many, content=big)
    assert path.stat().st_size < 2 * 1024 * 1024
    assert "would unpack to" in reason(path)


def test_an_archive_that_lies_about_its_sizes_is_refused(pack: Zip) -> None:
    path = pack("stages/simclr.py", content=b"#" * 100_000)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 10)  # the size that the table of contents states
    path.write_bytes(data)
    try:
        assert len(intake.read(path).stages["simclr.py"]) <= handed.MAX_STAGE
    except intake.Refused as error:
        assert "broken" in str(error)


def test_nested_archives_stay_closed(pack: Zip) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("stages/simclr.py", CODE)
    path = pack("stages/protonet.py", "stages.zip", content=inner.getvalue())
    assert list(intake.read(path).stages) == ["protonet.py"]
    assert intake.read(path).ignored == ("stages.zip",)


def test_a_table_of_contents_that_is_too_long_is_never_parsed(pack: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack("stages/simclr.py")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 10 : at + 12] = struct.pack("<H", 65_000)
    path.write_bytes(data)
    monkeypatch.setattr(archives.zipfile, "ZipFile", None)
    assert "more than 10000 files" in reason(path)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "crc", "encrypted", "method", "zip64"])
def test_broken_and_encrypted_archives_are_refused(pack: Zip, damage: str) -> None:
    path = pack("stages/simclr.py")
    data = bytearray(path.read_bytes())
    contents, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage in ("empty", "text"):
        data = bytearray(b"" if damage == "empty" else b"no archive")
    elif damage == "crc":
        data[contents + 16] ^= 0xFF
    elif damage == "encrypted":
        data[6] |= 1
        data[contents + 8] |= 1
    elif damage == "method":
        data[8:10] = data[contents + 10 : contents + 12] = struct.pack("<H", 14)
    else:
        data[end:end] = b"PK\x06\x07" + b"\0" * 16
    path.write_bytes(data)
    said = {"encrypted": "password", "method": "usual way"}.get(damage, "broken")
    assert said in reason(path)


def with_zip64(path: Path, entries: int, contents: int | None = None) -> Path:
    """Rewrites the end of an archive as programs do that do not know its size when they begin."""
    data = path.read_bytes()
    at = data.rfind(b"PK\x05\x06")
    count, size, offset = struct.unpack("<HLL", data[at + 10 : at + 20])
    numbers = (entries or count, entries or count, contents or size, offset)
    large = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, *numbers)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = data[at : at + 8] + b"\xff" * 12 + b"\0\0"
    path.write_bytes(data[:at] + large + locator + end)
    return path


def test_a_small_archive_of_the_large_kind_is_read(pack: Zip) -> None:
    assert intake.read(with_zip64(pack("stages/simclr.py"), 0)).stages == {"simclr.py": CODE}


@pytest.mark.parametrize(("entries", "contents"), [(10_001, 0), (2**40, 0), (0, 2**40)])
def test_the_large_kind_is_refused_by_its_size(
    pack: Zip, monkeypatch: pytest.MonkeyPatch, entries: int, contents: int
) -> None:
    path = with_zip64(pack("stages/simclr.py"), entries, contents)
    monkeypatch.setattr(archives.zipfile, "ZipFile", None)  # refused before anything is parsed
    assert "more than 10000 files" in reason(path)


def test_many_small_files_are_a_bomb_together(pack: Zip) -> None:
    names = [f"weights/{number}.safetensors" for number in range(40)]
    path = pack("stages/simclr.py", *names, content=bytes(1024 * 1024))
    assert path.stat().st_size < 60_000
    assert "a bomb" in reason(path)


def test_an_enormous_archive_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "ada-hw01.zip"
    with path.open("wb") as file:
        file.truncate(archives.MAX_ARCHIVE + 1)  # sparse: it takes no room
    assert "at most 600 MB" in reason(path)


def test_names_of_ignored_files_are_shown_as_plain_text(pack: Zip) -> None:
    found = intake.read(pack("stages/simclr.py", "\x1b[31mred\u202e<script>", *[f"{n:03d}.txt" for n in range(40)]))
    assert all(name.isprintable() for name in found.ignored)
    assert len(found.ignored) == handed.SHOWN + 1
    assert found.ignored[-1] == "and 21 more"
