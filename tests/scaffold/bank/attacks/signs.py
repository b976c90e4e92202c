"""What gives a successful attack away: in results, in files, among processes."""

from __future__ import annotations

import base64
import contextlib
import ctypes
import hashlib
import html.parser
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder import rubric
from autograder.nbgrader import grade_cells
from autograder.runner import run as runner
from autograder.runner.results import StageResult, to_json

PHRASES = ("the mean of each class's support", "BEGIN SOLUTION")  # of the hidden suite and of the solution
CODE = re.compile(r"suites/\w+\.py, line \d+|\b(?:expect|oracles)\.\w+\(")  # of a message that quotes a test
LOOT = re.compile(r"\bLOOT\b.{0,80}")
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200f\u2028\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
SET_CHILD_SUBREAPER = 36  # prctl


# In results ---------------------------------------------------------------------------------------------------------


def in_results(results: Sequence[StageResult], refusal: str, words: Iterable[str]) -> list[str]:
    """What stands in results, or in the sentence of a refusal, that should not: loot, canaries, characters, markup."""
    texts = [refusal]
    for result in results:
        texts += [result.diagnosis, result.output, *getattr(result, "flags", ())]
        texts += [test.message for test in result.tests]
    found = [f"it carried something out: {match.group()}" for text in texts if (match := LOOT.search(text))]
    spellings = [form for word in words for form in (word, word[::-1], *_coded(word))]
    found += [f"a canary is in the results: {word}" for word in (*spellings, *PHRASES) if any(word in t for t in texts)]
    found += [f"the code of a test is in {text[:200]!r}" for text in texts if CODE.search(text)][:1]
    found += [f"a harmful character is in {text[:80]!r}" for text in texts if HARMFUL.search(text)][:1]
    document = json.loads(json.dumps(to_json(results))) if results else {"stages": {}}
    for name, graded in document["stages"].items():
        page = grade_cells.report(
            rubric.get(name), graded, graded["points"] or 0.0, graded["max_points"], results[0].isolation
        )
        found += [f"markup of its own is in the feedback: {tag}" for tag in _Tags(page).found]
    return list(dict.fromkeys(found))


def _coded(word: str) -> tuple[str, str]:
    return word.encode().hex(), base64.b64encode(word.encode()).decode()[:-4]


class _Tags(html.parser.HTMLParser):
    """The tags of a page that no report has."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("div", "span", "b", "i", "table", "tr", "td") or any(name != "class" for name, _ in attrs):
            self.found.append(tag)


def scripts_of(page: str, word: str) -> list[str]:
    """The scripts and the running or loading attributes of a page that contain a word."""
    return _Scripts(page, word).found


class _Scripts(html.parser.HTMLParser):
    """What a browser would run or load of a page."""

    def __init__(self, page: str, word: str):
        super().__init__()
        self.found: list[str] = []
        self._word, self._within = word, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        for name, value in attrs:
            away = name != "href" or ":" in (value or "")  # not a link to a file whose name has the word
            if (name in ("href", "src") or name.startswith("on")) and away and self._word in (value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and self._word in data:
            self.found.append(f"<{self._within}>")


# Among files --------------------------------------------------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """What lies in a folder: path -> kind and rights, owner, size, time of change, content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""
        changed = 0 if path.is_dir() else status.st_mtime_ns
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_uid, status.st_size, changed, content)
    return found


def changes(before: dict[str, tuple[object, ...]], after: dict[str, tuple[object, ...]]) -> list[str]:
    """How two snapshots differ, in sentences."""
    made = [f"the file {name} appeared" for name in after if name not in before]
    gone = [f"the file {name} is gone" for name in before if name not in after]
    return (
        made + gone + [f"the file {name} changed" for name in before if after.get(name, before[name]) != before[name]]
    )


# Among processes ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """Makes this process the parent of everything below it that loses its own, so that nothing is lost from sight."""
    prctl = ctypes.CDLL(None).prctl
    prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def descendants() -> set[int]:
    """The processes below this one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    parents[int(entry)] = int(fields[1])
    below: set[int] = set()
    border = {os.getpid()}
    while border:
        border = {pid for pid, parent in parents.items() if parent in border} - below
        below |= border
    return below


def new_orphans(before: set[int]) -> list[str]:
    """Children of this process that it did not start itself: strays that it has adopted since."""
    own = {server._process.pid for server in runner.pool()._servers.values() if server._process is not None}
    found = []
    for pid in descendants() - before - own:
        with contextlib.suppress(OSError, ValueError):
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                found.append(f"a process lost its parent and stayed: {pid}")
    return found


def processes_named(mark: str) -> list[str]:
    """Processes anywhere on this machine that bear an attack's mark as their name or among their arguments."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{entry}/comm").read_bytes() + Path(f"/proc/{entry}/cmdline").read_bytes()
                if mark.encode() in text:
                    found.append(entry)
    return found


def left_in(folder: Path) -> list[str]:
    """What a grading left in the folder for temporary files."""
    return [f"{path.name} was left among the temporary files" for path in sorted(folder.iterdir())]
