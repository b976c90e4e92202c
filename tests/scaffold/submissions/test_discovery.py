"""Discovery: every submission of a class is found under a harmless name, and what cannot be graded says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from packing import CODE, POSIX, Zip, reason

from autograder.errors import UserError
from autograder.submissions import allowlist, discovery


def test_folders_and_archives_are_found_and_the_rest_is_named(home: Path, pack: Zip) -> None:
    pack("stages/simclr.py").rename(home.parent / "ben-hw07.zip")
    (home.parent / "notes.txt").write_text("mine")
    (home.parent / "late.zip").write_bytes(b"")
    (home.parent / ".DS_Store").write_bytes(b"")
    (home.parent / ".hidden" / "stages").mkdir(parents=True)
    found, others = discovery.find(home.parent)
    assert [(item.student_id, item.name, item.refused) for item in found] == [("ada", "ada", ""), ("ben", "ben", "")]
    assert others == [".hidden", "late.zip", "notes.txt"]
    assert {tuple(discovery.read(item.path).stages.items()) for item in found} == {(("simclr.py", CODE),)}


@pytest.mark.parametrize("course", [True, False])
def test_a_course_and_its_submitted_folder_are_found(tmp_path: Path, course: bool) -> None:
    for student, assignment in (("ada", "homework"), ("ada", "other"), ("ben", "homework")):
        folder = tmp_path / "submitted" / student / assignment / "stages"
        folder.mkdir(parents=True)
        (folder / "simclr.py").write_bytes(CODE if assignment == "homework" else b"wrong one")
    if course:
        (tmp_path / "nbgrader_config.py").touch()
    found, _ = discovery.find(tmp_path if course else tmp_path / "submitted")
    assert [item.student_id for item in found] == ["ada", "ben"]
    assert all(discovery.read(item.path).stages == {"simclr.py": CODE} for item in found)


def test_a_folder_without_submissions_is_a_mistake_of_the_users(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="submission"):
            discovery.find(folder)


def test_handing_in_twice_is_refused_and_harms_nobody_else(home: Path, pack: Zip) -> None:
    pack("stages/simclr.py")
    (home.parent / "ben" / "stages").mkdir(parents=True)
    found, _ = discovery.find(home.parent)
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
    found, _ = discovery.find(tmp_path)
    assert len({item.name.casefold() for item in found}) == 2
    for item in found:
        assert allowlist.RESERVED.fullmatch(item.name) is None
        assert all(letter.isascii() and (letter.isalnum() or letter in "_.@-") for letter in item.name)
        assert not item.name.startswith((".", "-"))
        assert len(item.name) < 100
        assert item.student_id.isprintable()


@POSIX
def test_no_id_can_take_the_name_that_another_got(tmp_path: Path) -> None:
    (tmp_path / "\u00e9" / "stages").mkdir(parents=True)
    (tmp_path / "bell\x07" / "stages").mkdir(parents=True)
    found, _ = discovery.find(tmp_path)
    for item in found:
        for taken in (item.name, item.student_id):
            (tmp_path / taken / "stages").mkdir(parents=True, exist_ok=True)
    found, _ = discovery.find(tmp_path)
    assert len(found) == 5
    assert len({item.name.casefold() for item in found}) == len({item.student_id for item in found}) == 5


@POSIX
def test_two_spellings_of_one_name_are_one_student(tmp_path: Path) -> None:
    for name in ("Zo\u00eb", "Zoe\u0308"):
        (tmp_path / name / "stages").mkdir(parents=True)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes both spellings for one")
    (item,), _ = discovery.find(tmp_path)
    assert item.student_id == "Zo\u00eb"
    assert "2 times" in item.refused


@POSIX
def test_ids_that_differ_in_case_only_get_files_of_their_own(tmp_path: Path) -> None:
    for name in ("Ada", "ada"):
        (tmp_path / name / "stages").mkdir(parents=True)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system does not tell case apart")
    found, _ = discovery.find(tmp_path)
    assert len({item.name.casefold() for item in found}) == 2


@POSIX
def test_a_submission_that_is_a_link_is_refused(home: Path) -> None:
    (home.parent / "ben").symlink_to(home)
    found, _ = discovery.find(home.parent)
    assert [bool(item.refused) for item in found] == [False, True]


# Nothing to grade ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((), "the folder is empty"),
        (("answers.pdf",), "but holds answers.pdf"),
        (("stages/__init__.py",), "but holds stages/__init__.py"),
        (("stages/ProtoNet.py",), "stages/ProtoNet.py (expected: protonet.py)"),
        (("stages/protonet (1).py",), "stages/protonet (1).py (expected: protonet.py)"),
        (("stages/linear-eval.py",), "stages/linear-eval.py (expected: linear_eval.py)"),
        (("stages/simlcr.py",), "stages/simlcr.py (expected: simclr.py)"),
        (("stages/protonet.py.txt",), "stages/protonet.py.txt (expected: protonet.py)"),
        (("Stages/protonet.py",), "Stages/ should be called stages/"),
        (("protonet.py", "simclr.py"), "are not in a folder; they belong in stages/"),
        (("a/b/c/d/stages/protonet.py",), "a/b/c/d/stages/ is too deep; at most 3"),
        (("stages/helper.py", "new/stages/simclr.py"), "new/stages/ is ignored"),
        (("work.rar",), "Archives that are not opened: work.rar"),
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
    found = discovery.read(folder)
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == ("notes.txt", "onlinetext.html")
    pack("notes.txt")
    assert reason(folder).startswith("ada-hw01.zip: There is nothing to grade")
    (folder / "old.zip").write_bytes(b"")
    assert "2 archives" in reason(folder)
    (folder / "stages").mkdir()
    (folder / "stages" / "simclr.py").write_bytes(CODE)
    assert discovery.read(folder).ignored == ("ada-hw01.zip", "old.zip", "onlinetext.html")


@POSIX
def test_an_archive_that_is_a_link_is_not_opened(pack: Zip, tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "work.zip").symlink_to(pack("stages/simclr.py"))
    assert "work.zip is a link" in reason(tmp_path / "ada")


def test_an_archive_in_an_archive_in_a_folder_stays_closed(pack: Zip) -> None:
    inner = pack("stages/simclr.py").read_bytes()
    path = pack("ada-hw01.zip", content=inner)
    for place in (path, path.parent):
        assert "Archives that are not opened: ada-hw01.zip" in reason(place)


@pytest.mark.parametrize("packed", [False, True])
def test_a_missing_module_with_a_near_name_is_told(home: Path, pack: Zip, packed: bool) -> None:
    names = ("stages/simclr.py", "stages/protonet (1).py", "Report.py")
    for name in names:
        (home / name).write_bytes(CODE)
    found = discovery.read(pack(*names) if packed else home)
    assert list(found.stages) == ["simclr.py"]
    assert set(found.near) == {
        "stages/protonet.py is missing, and stages/protonet (1).py was not read in its place",
        "stages/report.py is missing, and Report.py was not read in its place",
    }
