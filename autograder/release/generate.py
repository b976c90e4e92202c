"""What is generated below `assignment/`: the stubs of the stages and the notebooks.

The stubs carry no banner: as soon as a student has them, they are the student's files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UserError
from autograder.release import notebooks, stubs

FOLDER = "assignment"
_IGNORED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def solutions(root: Path) -> list[stubs.Source]:
    """Parses the solutions of a checkout.

    Raises:
        UserError: there are none, or a region in them is wrong.
    """
    if not (root / "solutions" / "stages").is_dir():
        raise UserError("There is no solutions/stages here; a release is made in a checkout of the whole project.")
    return stubs.parse_stages(root / "solutions", relative_to=root)


def generate(sources: Sequence[stubs.Source]) -> dict[str, bytes]:
    """Makes the generated files.

    Args:
        sources: the parsed solutions.

    Returns:
        {path below `assignment/`, such as `stages/protonet.py`: content}, sorted.
    """
    files = {f"stages/{source.path.name}": stubs.stub(source).encode() for source in sources}
    files |= {name: text.encode() for name, text in notebooks.build().items()}
    return dict(sorted(files.items()))


def write(root: Path, sources: Sequence[stubs.Source]) -> list[str]:
    """Writes the generated files that differ. Returns what changed, as paths from `root`, the checkout."""
    changed = []
    for name, content in generate(sources).items():
        path = root / FOLDER / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(f"{FOLDER}/{name}")
    return changed


def drift(root: Path, sources: Sequence[stubs.Source]) -> list[str]:
    """Compares `assignment/` with what would be generated. Returns a sentence for every file that differs."""
    wanted = generate(sources)
    found = []
    for name, content in wanted.items():
        path = root / FOLDER / name
        if not path.is_file():
            found.append(f"{FOLDER}/{name} is missing: run `make release`")
        elif path.read_bytes() != content:
            found.append(f"{FOLDER}/{name} is outdated: run `make release`")
    for name in sorted(_present(root / FOLDER) - set(wanted)):
        found.append(f"{FOLDER}/{name} comes from no solution: delete it, or write it in solutions/stages")
    return found


def _present(folder: Path) -> set[str]:
    """The files where generated ones live: everything in `stages`, and the notebooks beside it."""
    paths = [*(folder / "stages").rglob("*"), *folder.glob("*.ipynb")]
    files = {path.relative_to(folder) for path in paths if path.is_file()}
    return {path.as_posix() for path in files if not _IGNORED & set(path.parts)}
