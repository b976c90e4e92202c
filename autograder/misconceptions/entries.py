"""The executable side of the known mistakes: programs that make one each, the bank's wrong entries.

An entry is a small file. Its definitions are appended to the reference module of its stage, so that they take the place
of the names they redefine, and everything else of the submission is the reference. Comment lines say the rest; see
`tests/scaffold/bank/__init__.py`.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric
from autograder.runner.environment import ROOT

REFERENCE = ROOT / "solutions" / "stages"
WRONG = ROOT / "tests" / "scaffold" / "bank" / "wrong"
SAVED_WITH = ("bom", "crlf", "tabs")
FILE = re.compile(r"^# file: (\w+\.py)\n", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program that makes a known mistake.

    Attributes:
        stage: the id of the stage that it rewrites.
        path: the file.
    """

    stage: str
    path: Path

    @property
    def slug(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def mistake(self) -> str:
        """The id of the mistake that it makes."""
        named = comments(self.path, "mistake")
        return named[0].strip() if named else self.slug


def programs(stage_id: str) -> list[Program]:
    """Returns the programs that make a known mistake of a stage; none where the bank is not there."""
    return [Program(stage_id, path) for path in sorted((WRONG / stage_id).glob("*.py"))]


def comments(path: Path, name: str) -> list[str]:
    """Returns what the comment lines `# <name>: …` of an entry say."""
    return re.findall(rf"^# {name}: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


def build(stage_id: str, path: Path, directory: Path) -> Path:
    """Writes the submission of an entry: `directory/stages/*.py`. Returns `directory`."""
    shutil.copytree(REFERENCE, directory / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    module = directory / "stages" / f"{rubric.get(stage_id).module}.py"
    own, *files = FILE.split(path.read_text(encoding="utf-8"))
    text = f"{module.read_text(encoding='utf-8')}\n\n# {path.parent.name}/{path.stem}\n{own}"
    module.write_bytes(_saved(text, saved_with(path)))
    for name, content in zip(files[::2], files[1::2], strict=True):
        (module.parent / name).write_text(content, encoding="utf-8")
    return directory


def saved_with(path: Path) -> list[str]:
    """Returns how an entry's module is written: some of `bom`, `crlf` and `tabs`."""
    ways = [way.strip() for line in comments(path, "saved with") for way in line.split(",")]
    unknown = set(ways) - set(SAVED_WITH)
    if unknown:
        raise ValueError(f"{path.stem} is saved with {', '.join(unknown)}; there are {', '.join(SAVED_WITH)}")
    return ways


def _saved(text: str, ways: list[str]) -> bytes:
    if "tabs" in ways:
        text = re.sub(r"^(?: {4})+", lambda indent: "\t" * (len(indent[0]) // 4), text, flags=re.MULTILINE)
    if "crlf" in ways:
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8-sig" if "bom" in ways else "utf-8")
