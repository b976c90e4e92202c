"""How a data set gets onto the disk: whole or not at all, never over somebody's data, and not twice."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.errors import UserError

MARKER = "made_by_data_stubs.json"  # in the data set's folder; holds the settings it was made with
VERSION = 1  # increase it when the same settings give different images


@contextlib.contextmanager
def new_dataset(root: Path, name: str, settings: Mapping[str, int]) -> Iterator[Path | None]:
    """Gives a temporary folder to fill, which becomes `root/name` at the end of the block.

    Args:
        root: where the data set goes; made if it does not exist.
        name: the official name of the data set's folder.
        settings: what the data set is made from; kept in the marker file.

    Yields:
        The folder to fill, or None if `root/name` was already made with the same settings.

    Raises:
        UserError: `root` is a file or cannot be written, or `root/name` has other settings or is not ours.
    """
    if is_made(root, name, settings):
        yield None
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root))
    except OSError as error:
        raise UserError(f"Cannot write into {root} ({error.strerror}): name another folder.") from error
    try:
        yield temporary
        (temporary / MARKER).write_bytes(_marker(settings))
        temporary.chmod(0o755)  # mkdtemp's is private
        try:
            temporary.rename(root / name)
        except OSError:
            if not is_made(root, name, settings):  # else another process was faster
                raise
    except OSError as error:
        raise UserError(f"Cannot write {root / name} ({error.strerror}); nothing was kept.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_made(root: Path, name: str, settings: Mapping[str, int]) -> bool:
    """Tells whether `root/name` was already made with these settings.

    Raises:
        UserError: `root` is a file, or `root/name` has other settings or is not ours.
    """
    target = root / name
    if root.exists() and not root.is_dir():
        raise UserError(f"{root} is a file, not a folder that data could go into: name another folder.")
    if not os.path.lexists(target):
        return False
    try:
        found = (target / MARKER).read_bytes()
    except OSError:
        raise UserError(
            f"{target} is already there and was not made by data_stubs, so it stays as it is: name another folder."
        ) from None
    if found != _marker(settings):
        raise UserError(
            f"{target} holds stand-ins made with other settings (see {MARKER} in it): remove it or name another folder."
        )
    return True


def _marker(settings: Mapping[str, int]) -> bytes:
    """Returns the content of the marker file."""
    return json.dumps({"version": VERSION, "settings": dict(settings)}, indent=1, sort_keys=True).encode() + b"\n"
