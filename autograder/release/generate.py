"""What is generated: the stubs of the stages and the notebooks below `assignment/`, and the README's table of stages.

The stubs carry no banner: as soon as a student has them, they are the student's files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autograder import rubric
from autograder.errors import UserError
from autograder.release import notebooks, stubs

FOLDER = "assignment"
README = "README.md"
_TABLE = re.compile(r"(?<=<!-- stages -->\n\n).*?(?=\n\n<!-- /stages -->)", re.DOTALL)
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
    for name, content in _everything(root, sources).items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed.append(name)
    return changed


def drift(root: Path, sources: Sequence[stubs.Source]) -> list[str]:
    """Compares a checkout with what would be generated. Returns a sentence for every file that differs."""
    wanted = _everything(root, sources)
    found = []
    for name, content in wanted.items():
        path = root / name
        if not path.is_file():
            found.append(f"{name} is missing: run `make release`")
        elif path.read_bytes() != content:
            found.append(f"{name} is outdated: run `make release`")
    for name in sorted(_present(root) - set(wanted)):
        found.append(f"{name} comes from no solution: delete it, or write it in solutions/stages")
    return found


def _everything(root: Path, sources: Sequence[stubs.Source]) -> dict[str, bytes]:
    """All that is generated, as {path from the checkout: content}."""
    readme = (root / README).read_text(encoding="utf-8")
    table = _TABLE.sub(lambda _: _stages(), readme).encode()
    return {README: table} | {f"{FOLDER}/{name}": content for name, content in generate(sources).items()}


def _stages() -> str:
    """The README's table of stages."""
    rows = [f"| {'★ ' if one.heart else ''}| `{one.id}` | {one.module}.py | {one.points} |" for one in rubric.STAGES]
    return "\n".join(["| | stage | where | points |", "|---|---|---|---|", *rows])


def _present(root: Path) -> set[str]:
    """The files where generated ones live: everything in `stages`, and the notebooks beside it."""
    paths = [*(root / FOLDER / "stages").rglob("*"), *(root / FOLDER).glob("*.ipynb")]
    files = {path.relative_to(root) for path in paths if path.is_file()}
    return {path.as_posix() for path in files if not _IGNORED & set(path.parts)}
