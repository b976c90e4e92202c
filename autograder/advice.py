"""What the grader does not have or allow, and what to do instead: one sentence per cause, at home and at grading.

`CURES` is about what code did or would do (`Finding`), `cause` about the exception that ended it.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder import rubric

NAMES = {"PIL": "PIL (Pillow)"}
HAS = ", ".join(NAMES.get(name, name) for name in rubric.PACKAGES)
OURS = ("autograder", "assignment", "data_stubs", "experiments", "solutions", "tests", "conftest", "expect")
ONLY_STAGES = "only stages/*.py are handed in"

# What was done, as a flag says it -> the same in the present tense, and what to do instead.
CURES = {
    "started a process": ("starts processes", "use num_workers=0 in a DataLoader, and no multiprocessing"),
    "started a program": ("starts a program", "no other program may run at grading"),
    "opened a socket": ("opens a network connection", "there is no network at grading"),
    "looked up a host": ("opens a network connection", "there is no network at grading"),
    "sent a signal": ("sends a signal to a process", "remove it"),
    "searched the memory of the process": (
        "searches the memory of the process",
        "do not use gc.get_objects and the like",
    ),
    "looked at the frames of its callers": (
        "looks at the frames of its callers",
        "do not use inspect.currentframe, inspect.stack or sys._getframe",
    ),
    "called a C library through ctypes": ("calls a C library through ctypes", "do not use ctypes"),
    "installed an audit hook": ("installs an audit hook", "remove it"),
    "installed a tracer": ("installs a tracer", "remove debuggers and line profilers"),
    "imported the grader's code": ("imports the grader's code", ONLY_STAGES),
    "wrote to a file outside its folder": (
        "writes to a file outside its folder",
        "write to a file name without a folder, or inside tempfile.gettempdir()",
    ),
    "read a file outside its folder": (
        "reads a file outside its folder",
        f"{ONLY_STAGES}, and no other file exists there",
    ),
    "changed the limits of its process": ("changes the limits of its process", "the grader sets them; remove it"),
    "asked for a screen": ("asks for a screen", 'the grader has no screen: remove matplotlib.use, or use "Agg"'),
    "replaced a part of a library": ("replaces a part of a library", "leave torch and Python as they are"),
}
# Part of the path of a file in the traceback -> the cause.
_THROUGH = {
    "/multiprocessing/": "processes cannot be started at grading; do not use multiprocessing",
    "/subprocess.py": "no other program may run at grading",
    "/urllib/": "there is no network at grading",
    "/socket.py": "there is no network at grading",
}
# Words of PyTorch's own errors -> the cause.
_SAID = {
    r"CUDA|NVIDIA|\bmps\b": "the grader has no GPU: work on the device of what you are given, such as `images.device`",
    r"maximum limit": CURES["changed the limits of its process"][1],
    r"Parent directory|open file failed": CURES["wrote to a file outside its folder"][1],
}


@dataclass(frozen=True, order=True)
class Finding:
    """Something that the grader would refuse.

    Attributes:
        file: such as `stages/simclr.py`; a folder ends with a slash.
        line: from 1; 0 for the whole file.
        message: what it does, and what to do instead.
        what: what it does, in a few words that do not depend on where.
    """

    file: str
    line: int
    message: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''} {self.message}"


def found(file: str, line: int, what: str, about: str = "") -> Finding:
    """Returns the finding for an entry of `CURES`; other flags are quoted as they are."""
    does, cure = CURES.get(what, (what, ""))
    shown = f" ({about})" if about and about not in does else ""
    return Finding(file, line, "; ".join(filter(None, (f"{does}{shown}", cure))), does)


def cure(what: str) -> str:
    """Returns a sentence that says what to do instead of what a flag reports; empty if there is nothing to say."""
    text = CURES.get("replaced a part of a library" if what.startswith("replaced `") else what, ("", ""))[1]
    return text and f"{text[0].upper()}{text[1:]}."


def missing_module(name: str) -> str:
    """Says why a module is missing at grading, without a full stop."""
    top = name.split(".")[0]
    if top == "stages":
        return f"{ONLY_STAGES}: no folders inside stages/, and no files next to it"
    if top in rubric.MODULES:
        return f"write `from stages.{name} import …`: stages/ is a package"
    if top == "assignment":
        return f"`assignment` is not there at grading, {ONLY_STAGES}: write `from stages.episodes import …`"
    if top in OURS:
        return f"`{top}` is not there at grading: {ONLY_STAGES}"
    if top in (*rubric.PACKAGES, *rubric.PARTS):
        return f"`{top}` is not installed here, though stages may import it: run `make install`"
    return f"the grader has only Python's standard library, {HAS}, and stages/*.py, as `from stages.NAME import …`"


def missing_file(module: str) -> str:
    """Says that a stage's file is missing."""
    return f"The file stages/{module}.py is missing. Put it back: the tests import it."


def missing_names(module: str, names: Iterable[str]) -> str:
    """Says which names a stage's file lacks."""
    listed = " and ".join(f"`{name}`" for name in names)
    return f"stages/{module}.py does not define {listed}. Keep the names of the stubs."


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an exception, Python's or PyTorch's, says that memory ran out."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("allocate memory" in str(error) or "not enough memory" in str(error))
    )


def syntax(at_home: bool) -> str:
    """Names the grader's Python version, for code that was written for a newer one."""
    here = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    oldest = ".".join(map(str, rubric.PYTHON))
    return f"This is {here}; the grader runs Python {oldest} or newer." if at_home else f"The grader runs {here}."


def cause(error: BaseException, submission: Path, at_home: bool = False) -> str:
    """Returns a sentence that names the cause of an exception; empty if it is simply a mistake in the code.

    Args:
        error: the exception that ended the submission's code.
        submission: the folder that holds `stages/`.
        at_home: whether this is a student's machine.
    """
    text = _cause(error, submission, at_home)
    return text and f"{text[0].upper()}{text[1:].removesuffix('.')}."


def _cause(error: BaseException, submission: Path, at_home: bool) -> str:
    if isinstance(error, SyntaxError):
        return syntax(at_home)
    if isinstance(error, ImportError) and "headless" in str(error):
        return CURES["asked for a screen"][1]
    if isinstance(error, ImportError) and error.name:
        if error.name.split(".")[0] in sys.stdlib_module_names:
            return syntax(at_home)
        if isinstance(error, ModuleNotFoundError):
            return missing_module(error.name)
        return ""
    if type(error).__name__ == "BdbQuit" or (isinstance(error, EOFError) and "reading a line" in str(error)):
        return "nobody types anything at grading: remove input() and breakpoints"
    if "num_workers=0" in str(error):
        return ""  # the grader's own words, see `worker/single_process.py`
    through = list(_files(error))
    for part, why in _THROUGH.items():
        if any(part in file for file in through):
            if why.startswith("processes") and any(file.endswith("/dataloader.py") for file in through):
                return "a DataLoader with workers starts processes; use num_workers=0"
            return why
    if isinstance(error, OSError):
        return _unreachable(error, submission)
    if isinstance(error, RuntimeError | AssertionError | ValueError):
        return next((why for words, why in _SAID.items() if re.search(words, str(error))), "")
    return ""


def _files(error: BaseException) -> Iterable[str]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        trace = trace.tb_next


def _unreachable(error: OSError, submission: Path) -> str:
    """Why a file cannot be opened, unless it is one of the test's own."""
    if not isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError):
        return ""
    if not isinstance(error.filename, str) or not error.filename:
        return ""
    path = Path(os.path.abspath(error.filename))
    given = os.path.isabs(error.filename) and path.is_relative_to(tempfile.gettempdir())
    if given and not path.is_relative_to(submission):
        return ""
    return (
        f"{ONLY_STAGES}: at grading no other file can be read, and files can only be written inside "
        "tempfile.gettempdir()"
    )
