"""Archives: what belongs to a submission is read, the rest is reported, and no trick of an archive's works."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from packing import CODE, Zip, entry, reason

from autograder.submissions import allowlist, archive, discovery
from autograder.submissions.allowlist import RefusedError


@pytest.mark.parametrize("top", ["", "handout/", "metric learning/assignment/", "a/b/c/"])
def test_an_archive_is_read_with_or_without_folders_around(pack: Zip, top: str) -> None:
    names = [f"{top}stages/simclr.py", f"{top}old/stages/simclr.py", f"{top}tests/test_simclr.py"]
    found = discovery.read(pack(*names, f"__MACOSX/{top}stages/simclr.py"))
    assert found.stages == {"simclr.py": CODE}
    assert found.ignored == ("__MACOSX/", "old/", "tests/")
    assert "2 folders" in reason(pack("one/stages/simclr.py", "two/stages/simclr.py"))


def test_backslashes_of_windows_are_folders(pack: Zip) -> None:
    info = entry("x")
    info.filename = info.orig_filename = "stages\\simclr.py"
    assert discovery.read(pack(info)).stages == {"simclr.py": CODE}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.py", "outside"),
        ("stages/../../evil.py", "outside"),
        ("..\\evil.py", "outside"),
        ("/etc/cron.d/x", "absolute"),
        ("C:\\x.py", "absolute"),
        ("x" * 300, "far too long"),
        ("a/" * 600, "far too long"),
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
    assert discovery.read(pack("stages/simclr.py", entry(".venv/bin/python", kind | 0o777))).ignored == (".venv/",)


def test_bombs_are_refused_before_they_are_unpacked(pack: Zip) -> None:
    big = b"\0" * (20 * 1024 * 1024)
    assert "at most 1 MB" in reason(pack("stages/simclr.py", content=big))
    assert "a zip bomb" in reason(pack("2_simclr.ipynb", content=big))
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
        assert len(discovery.read(path).stages["simclr.py"]) <= allowlist.MAX_STAGE
    except RefusedError as error:
        assert "broken" in str(error)


def test_nested_archives_stay_closed(pack: Zip) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("stages/simclr.py", CODE)
    path = pack("stages/protonet.py", "stages.zip", content=inner.getvalue())
    assert list(discovery.read(path).stages) == ["protonet.py"]
    assert discovery.read(path).ignored == ("stages.zip",)


def test_a_table_of_contents_that_is_too_long_is_never_parsed(pack: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack("stages/simclr.py")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x05\x06")
    data[at + 10 : at + 12] = struct.pack("<H", 65_000)
    path.write_bytes(data)
    monkeypatch.setattr(archive.zipfile, "ZipFile", None)
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
    assert discovery.read(with_zip64(pack("stages/simclr.py"), 0)).stages == {"simclr.py": CODE}


@pytest.mark.parametrize(("entries", "contents"), [(10_001, 0), (2**40, 0), (0, 2**40)])
def test_the_large_kind_is_refused_by_its_size(
    pack: Zip, monkeypatch: pytest.MonkeyPatch, entries: int, contents: int
) -> None:
    path = with_zip64(pack("stages/simclr.py"), entries, contents)
    monkeypatch.setattr(archive.zipfile, "ZipFile", None)  # refused before anything is parsed
    assert "more than 10000 files" in reason(path)


def test_many_small_files_are_a_bomb_together(pack: Zip) -> None:
    names = [f"weights/{number}.safetensors" for number in range(40)]
    path = pack("stages/simclr.py", *names, content=bytes(1024 * 1024))
    assert path.stat().st_size < 60_000
    assert "a zip bomb" in reason(path)


def test_an_enormous_archive_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "ada-hw01.zip"
    with path.open("wb") as file:
        file.truncate(archive.MAX_ARCHIVE + 1)  # sparse: it takes no room
    assert "at most 600 MB" in reason(path)


def test_names_of_ignored_files_are_shown_as_plain_text(pack: Zip) -> None:
    found = discovery.read(pack("stages/simclr.py", "\x1b[31mred\u202e<script>", *[f"{n:03d}.txt" for n in range(40)]))
    assert all(name.isprintable() for name in found.ignored)
    assert len(found.ignored) == allowlist.SHOWN + 1
    assert found.ignored[-1] == "and 21 more"
