"""A zip archive from a stranger, read in memory: nothing is ever unpacked to a disk.

The size of its table of contents is checked before anything parses it, every name is checked before anything is read,
and what is read is counted, whatever the archive claims. Archives inside archives are not opened.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO

from autograder.submissions import allowlist, near_names
from autograder.submissions.allowlist import Handed, RefusedError
from autograder.text import plain_line

MAX_ARCHIVE = 600 * 1024 * 1024  # bytes on the disk
MAX_CONTENTS = 4 * 1024 * 1024  # bytes of the table of contents
MAX_TOTAL = 1024 * 1024 * 1024  # bytes of all files, as the archive claims
MAX_RATIO = 200  # of a file of more than a megabyte, and of all of them together; text rarely reaches 20
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError)
_END = b"PK\x05\x06"  # the record at the end of an archive
_LOCATOR64 = b"PK\x06\x07"  # what precedes it in an archive written for any size (ZIP64)
_END64 = b"PK\x06\x06"  # and before that: the same numbers with more bytes


def read(path: Path | int, keep: allowlist.Keep | None = None) -> Handed:
    """Reads the graded files of an archive.

    Args:
        path: the archive, or a descriptor of it, which is closed.
        keep: see `folder.read_folder`.

    Raises:
        RefusedError: it is broken, encrypted, a zip bomb, tries to write where it must not, or holds nothing to grade.
    """
    try:
        with open(path, "rb") as file:
            _check_end(file)
            with zipfile.ZipFile(file) as archive:
                return _read(archive, os.fstat(file.fileno()).st_size, keep)
    except BROKEN as error:
        raise RefusedError(f"The archive is broken: {plain_line(error, 200) or type(error).__name__}.") from error
    except OSError as error:
        raise RefusedError(f"The archive could not be read: {error.strerror or error}.") from error


def _check_end(file: IO[bytes]) -> None:
    """Refuses an archive whose table of contents is too large to be parsed safely."""
    size = file.seek(0, os.SEEK_END)
    if size > MAX_ARCHIVE:
        raise RefusedError(
            f"The archive is {size / 1024**2:.0f} MB large; at most {MAX_ARCHIVE // 1024**2} MB are read."
        )
    file.seek(max(0, size - 65_600))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise RefusedError("The archive is broken: its end is missing. Was it cut off during the upload?")
    counts = [struct.unpack("<HL", tail[at + 10 : at + 16])]
    if tail[max(0, at - 20) : at].startswith(_LOCATOR64):
        large = tail[max(0, at - 76) : at - 20]
        if len(large) < 56 or not large.startswith(_END64):
            raise RefusedError("The archive is broken: its end (ZIP64) is incomplete.")
        saturated = (0xFFFF, 0xFFFFFFFF)  # in the short record if the number does not fit
        counts = [tuple(0 if n == full else n for n, full in zip(counts[0], saturated, strict=True))]
        counts.append(struct.unpack("<QQ", large[32:48]))
    if any(entries > allowlist.MAX_ENTRIES or contents > MAX_CONTENTS for entries, contents in counts):
        raise RefusedError(f"The archive lists more than {allowlist.MAX_ENTRIES} files or very long names.")


def _read(archive: zipfile.ZipFile, size: int, keep: allowlist.Keep | None) -> Handed:
    named = [(_checked_name(member), member) for member in archive.infolist()]
    members = [(name, member) for name, member in named if not name.endswith("/")]
    total = sum(member.file_size for _, member in members)
    if len(members) > allowlist.MAX_ENTRIES:
        raise RefusedError(f"The archive lists {len(members)} files; at most {allowlist.MAX_ENTRIES} are read.")
    if total > MAX_TOTAL:
        raise RefusedError(
            f"The archive would unpack to {total / 1024**2:.0f} MB, which is more than any submission needs."
        )
    top = _top([name for name, _ in members])
    others = allowlist.renamed(name.removeprefix(top) for name, _ in members if name.startswith(top)) if keep else []
    renamed = {}
    wanted = {}
    ignored = []
    for name, member in members:
        inner = name.removeprefix(top)
        if name.startswith(top) and allowlist.is_allowed(inner):
            if inner in wanted:
                raise RefusedError(f"The archive contains {inner} twice; keep the one that counts.")
            wanted[inner] = member
        elif name.startswith(top) and inner in others and _is_usual(inner, member, size):
            renamed[inner] = member
        else:
            ignored.append(_short(inner if name.startswith(top) else name))
    allowlist.check_names(wanted)
    for inner, member in wanted.items():
        _check_member(inner, member, size)
    wanted |= renamed
    if (unpacked := sum(member.file_size for member in wanted.values())) > max(1024 * 1024, MAX_RATIO * size):
        raise RefusedError(f"The archive unpacks to {unpacked / size:.0f} times its size: a zip bomb.")
    for inner, member in wanted.items():
        if not inner.startswith("stages/"):
            ignored += allowlist.too_large(inner, member.file_size) or (
                _kept(archive, member, inner, keep) if keep else []
            )
    stages = {
        inner.removeprefix("stages/"): _content(archive, member, inner)
        for inner, member in sorted(wanted.items())
        if inner.startswith("stages/")
    }
    names = [name.removeprefix(top) for name, _ in members if all(map(allowlist.may_hold, name.split("/")[:-1]))]
    found = Handed(stages, allowlist.shown(ignored), near_names.missing(stages, names))
    if found.empty:
        raise RefusedError(near_names.nothing(sorted(names, key=lambda name: (name.count("/"), name)), "archive"))
    return found


def _checked_name(member: zipfile.ZipInfo) -> str:
    """A member's name with slashes; a name that leads out of the archive refuses the whole archive."""
    name = member.orig_filename.replace("\\", "/")
    visible = plain_line(name, 100)
    if "\0" in name:
        raise RefusedError(f"The archive hides part of a name behind a zero byte ({visible}).")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise RefusedError(f"The archive tries to write to an absolute path ({visible}).")
    if ".." in name.split("/"):
        raise RefusedError(f"The archive tries to write outside its folder ({visible}).")
    if len(name) > 1024 or max(map(len, name.split("/"))) > 255:
        raise RefusedError(f"The archive contains a name that is far too long ({visible}).")
    return name


def _check_member(name: str, member: zipfile.ZipInfo, archive_size: int) -> None:
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        raise RefusedError(f"{name} is a link or a device in the archive; hand in the file itself.")
    if member.flag_bits & 0x1:
        raise RefusedError(f"{name} is encrypted; hand in an archive without a password.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedError(f"{name} is compressed by a method that is not supported; zip it in the usual way.")
    if name.startswith("stages/"):
        allowlist.check_size(name, member.file_size)
    if member.compress_size > archive_size:
        raise RefusedError(f"The archive is broken: {name} is larger than the archive.")
    if member.file_size > 1024 * 1024 and member.file_size > MAX_RATIO * max(1, member.compress_size):
        raise RefusedError(
            f"{name} unpacks to {member.file_size / max(1, member.compress_size):.0f} times its size: a zip bomb."
        )


def _is_usual(name: str, member: zipfile.ZipInfo, archive_size: int) -> bool:
    """Whether an optional file may be read."""
    try:
        _check_member(name, member, archive_size)
    except RefusedError:
        return False
    return True


def _kept(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, keep: allowlist.Keep) -> list[str]:
    """Passes on a file that is not graded; a broken one is skipped and costs nothing else."""
    try:
        with archive.open(member) as file:
            keep(name, file)
    except BROKEN as error:
        return [f"{name} (broken: {plain_line(error, 100)})"]
    return []


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    with archive.open(member) as file:
        content = file.read(allowlist.size_limit(name) + 1)
    allowlist.check_size(name, len(content))
    return content


def _top(names: list[str]) -> str:
    """The folder in the archive that holds the submission, with a slash; empty if it is the top level."""
    folders = {name.rpartition("stages/")[0] for name in names if allowlist.is_stage("/".join(name.split("/")[-2:]))}
    tops = {top: top.count("/") for top in folders if all(map(allowlist.may_hold, top.split("/")[:-1]))}
    depth = min(tops.values(), default=0)
    found = [top for top in tops if tops[top] == depth]
    if len(found) > 1:
        raise RefusedError(f"The archive contains {len(found)} folders with a submission in them; hand in one.")
    return found[0] if found and depth <= allowlist.MAX_DEPTH else ""


def _short(name: str) -> str:
    """An ignored name as it is shown: the file, or the folder that it is in."""
    first, slash, rest = name.partition("/")
    return name if not slash or (first in ("stages", "weights") and "/" not in rest) else f"{first}/"
