"""What a student would hand in: only the graded files, in a folder of their own, and what the grader would say of them.

The files are chosen by the same code that reads submissions (`submissions/folder.py`), so whatever would not reach the
grader is missing at home, too.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder import advice, rubric
from autograder.advice import Finding
from autograder.rubric import Stage
from autograder.runner.results import StageResult
from autograder.student import lint
from autograder.submissions.allowlist import Handed
from autograder.submissions.folder import read_folder

_TOOLS = ("__pycache__/", ".pyc")  # nobody means to hand in what ends like this


@contextlib.contextmanager
def handed_in(folder: Path) -> Iterator[tuple[Path, list[Finding]]]:
    """Copies the files of a folder that would be graded, for as long as the context lasts.

    Args:
        folder: holds `stages/`.

    Returns:
        The copy, and the findings that need no run.

    Raises:
        UserError: the grader would refuse the folder; the text says why.
    """
    handed = read_folder(folder)
    with tempfile.TemporaryDirectory(prefix="autograder-handed-in-", ignore_cleanup_errors=True) as place:
        yield handed.write(Path(place).resolve()), [*left_out(handed), *lint.findings(handed.stages)]


def left_out(handed: Handed) -> list[Finding]:
    """Returns a finding for everything in stages/ that would not be graded."""
    findings = []
    for name in handed.ignored:
        base = name.removeprefix("stages/")
        if not name.startswith("stages/") or base.startswith(".") or name.endswith(_TOOLS):
            continue
        if name.endswith("/"):
            findings.append(Finding(name, 0, "is a folder; only stages/*.py are handed in"))
        elif name.endswith(".py"):
            findings.append(
                Finding(name, 0, "is not handed in; a file name may only contain letters, digits and underscores")
            )
        else:
            findings.append(Finding(name, 0, "is not handed in; only stages/*.py are"))
    for name in handed.stages:
        module = Path(name).stem.lower()
        if module in rubric.MODULES and name != f"{module}.py":
            findings.append(Finding(f"stages/{name}", 0, f"is ignored; rename it to {module}.py"))
    return findings


def files(copy: Path) -> set[str]:
    """Returns the names of the files in a copy, except what Python itself leaves there."""
    return {
        path.relative_to(copy).as_posix()
        for path in copy.rglob("*")
        if path.is_file() and not path.as_posix().endswith(_TOOLS[1]) and path.parent.name != "__pycache__"
    }


def written(names: Iterable[str]) -> list[Finding]:
    """Returns a finding for each file that the stages wrote next to themselves, perhaps unnoticed by Python."""
    cure = advice.CURES["wrote to a file outside its folder"][1]
    return [Finding(name, 0, f"is written by a stage, which is not possible at grading; {cure}") for name in names]


def warnings(seen: Iterable[Finding], results: Sequence[StageResult], stages: Iterable[Stage]) -> list[Finding]:
    """Returns what a student should know about these stages, each thing once.

    Args:
        seen: what was found without running the files.
        results: the stages' results, with what was found while they ran.
        stages: only their files, and helper files, are of interest.
    """
    seen = list(seen)
    others = {f"stages/{module}.py" for module in rubric.MODULES} - {f"stages/{stage.module}.py" for stage in stages}
    known = {(finding.file, finding.what) for finding in seen}  # where it was read, and where it ran
    ran = [finding for result in results for finding in result.findings if (finding.file, finding.what) not in known]
    return sorted(finding for finding in {*seen, *ran} if finding.file not in others)
