"""Reads stages without running them and finds what the grader does not have or would refuse: `findings(stages)`.

It follows names through imports (`import os as o; o.system(…)`), and ignores what never runs at grading or does no
harm there: code below `if __name__ == "__main__":` and `if TYPE_CHECKING:`, and imports whose failure is caught.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Mapping

from autograder import advice, rubric
from autograder.advice import Finding, found
from autograder.student.newer_syntax import newer_syntax

GRADER = ("autograder", "solutions")  # importing them voids a stage even if the failure is caught
# A dotted name -> what its use counts as, a key of `advice.CURES`.
NAMES = {
    **dict.fromkeys(("os.system", "os.popen", "os.startfile", "pty.spawn"), "started a program"),
    **dict.fromkeys((f"subprocess.{name}" for name in ("run", "Popen", "call")), "started a program"),
    **dict.fromkeys((f"subprocess.{name}" for name in ("check_call", "check_output")), "started a program"),
    **dict.fromkeys((f"subprocess.{name}" for name in ("getoutput", "getstatusoutput")), "started a program"),
    **dict.fromkeys(("os.fork", "os.forkpty", "torch.multiprocessing.spawn"), "started a process"),
    **dict.fromkeys(
        (
            f"{package}.{name}"
            for package in ("multiprocessing", "torch.multiprocessing")
            for name in ("Process", "Pool", "Manager", "Queue", "SimpleQueue", "Pipe")
        ),
        "started a process",
    ),
    **dict.fromkeys(
        ("concurrent.futures.ProcessPoolExecutor", "torch.distributed.init_process_group"), "started a process"
    ),
    **dict.fromkeys(("socket.socket", "socket.create_connection", "urllib.request.urlopen"), "opened a socket"),
    **dict.fromkeys(("urllib.request.urlretrieve", "torch.hub.load_state_dict_from_url"), "opened a socket"),
    **dict.fromkeys(("torch.hub.load", "torch.hub.download_url_to_file"), "opened a socket"),
    **dict.fromkeys(("gc.get_objects", "gc.get_referrers", "gc.get_referents"), "searched the memory of the process"),
    **dict.fromkeys(("inspect.currentframe", "inspect.stack", "inspect.trace"), "looked at the frames of its callers"),
    **dict.fromkeys(("sys._getframe", "sys._current_frames"), "looked at the frames of its callers"),
    "sys.addaudithook": "installed an audit hook",
    **dict.fromkeys(("os.kill", "os.killpg", "signal.pthread_kill"), "sent a signal"),
    **dict.fromkeys(("ctypes.CDLL", "ctypes.cdll", "ctypes.pythonapi"), "called a C library through ctypes"),
    "resource.setrlimit": "changed the limits of its process",
}
PREFIXES = {"os.exec": "started a program", "os.spawn": "started a program", "os.posix_spawn": "started a program"}
BACKENDS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")  # of matplotlib: those that draw without a screen
LOADER = ("torch.utils.data.DataLoader", "torch.utils.data.dataloader.DataLoader")
# What a stage must not modify.
HOLDERS = ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "builtins")
CLASSES = ("torch.Tensor", "torch.nn.Module", "torch.nn.Linear", "torch.optim.Optimizer", "torch.optim.SGD")
METHODS = (
    "__call__",
    "__init__",
    "__setattr__",
    "forward",
    "train",
    "eval",
    "parameters",
    "to",
    "backward",
    "mean",
    "step",
)
SHOWS = ("print", "input", "breakpoint")  # harmless to replace: it only changes what one sees


def findings(stages: Mapping[str, bytes]) -> list[Finding]:
    """Returns what the grader would refuse in these files, in order.

    Args:
        stages: name in `stages/`, such as `protonet.py` -> content. A file that is not valid Python has no findings: it
            cannot be imported, and the attempt says why.
    """
    helpers = {name.removesuffix(".py") for name in stages}
    read: list[Finding] = []
    for name, content in stages.items():
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        read += _Reader(f"stages/{name}", helpers).read(tree)
        read += newer_syntax(f"stages/{name}", content)
    return sorted(set(read))


class _Reader:
    """Reads the syntax tree of one file."""

    def __init__(self, file: str, helpers: set[str]):
        self._file, self._helpers = file, helpers
        self._names: dict[str, str] = {}  # a name in the file -> what it was imported as, dotted
        self._found: list[Finding] = []

    def read(self, tree: ast.Module) -> list[Finding]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self._names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        self._visit(tree, caught=False)
        return self._found

    def _visit(self, node: ast.AST, caught: bool) -> None:
        if isinstance(node, ast.If) and re.search(r"__name__|TYPE_CHECKING", ast.unparse(node.test)):
            for branch in node.orelse:
                self._visit(branch, caught)
            return
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._imports(alias.name, node.lineno, caught)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module:
                self._imports(node.module, node.lineno, caught)
        elif isinstance(node, ast.Name | ast.Attribute):
            if self._refers(node):
                return  # `os.system` is one finding, not also one for its parts
        elif isinstance(node, ast.Call):
            self._calls(node, caught)
        if isinstance(node, ast.Try):
            guarded = any(_catches(handler) for handler in node.handlers)
            for statement in node.body:
                self._visit(statement, caught or guarded)
            rest: list[ast.AST] = [*node.handlers, *node.orelse, *node.finalbody]
        else:
            rest = list(ast.iter_child_nodes(node))
        for child in rest:
            self._visit(child, caught)

    def _add(self, line: int, what: str, about: str = "") -> None:
        self._found.append(found(self._file, line, what, about))

    def _imports(self, name: str, line: int, caught: bool) -> None:
        top = name.split(".")[0]
        if top in GRADER:
            self._add(line, "imported the grader's code")
        elif top == "stages":
            second = name.split(".")[1:2]
            if not caught and second and second[0] not in self._helpers:
                self._found.append(Finding(self._file, line, f"imports `{name}`; {advice.missing_module(name)}"))
        elif top in (*sys.stdlib_module_names, *rubric.PACKAGES, *rubric.PARTS, *self._helpers):
            return  # the tests report a helper that is missing
        elif not caught or _is_here(top):  # an import whose failure is caught matters only if it succeeds here
            self._found.append(Finding(self._file, line, f"imports `{top}`; {advice.missing_module(top)}"))

    def _refers(self, node: ast.Name | ast.Attribute) -> bool:
        """Notes a name that is used or replaced. Returns whether it did."""
        name = self._dotted(node)
        if isinstance(node.ctx, ast.Load):
            prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
            what = NAMES.get(name) or PREFIXES.get(prefix, "")
        else:
            holder, _, part = name.rpartition(".")
            replaced = part not in SHOWS and (holder in HOLDERS or (holder in CLASSES and part in METHODS))
            what = "replaced a part of a library" if replaced else ""
        if what:
            self._add(node.lineno, what, name)
        return bool(what)

    def _calls(self, node: ast.Call, caught: bool) -> None:
        name = self._dotted(node.func)
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
        if name in ("importlib.import_module", "__import__") and text and not text.startswith("."):
            self._imports(text, node.lineno, caught)
        elif name == "sys.settrace" and first is not None and ast.unparse(first) != "None":
            self._add(node.lineno, "installed a tracer", name)
        elif name in ("matplotlib.use", "matplotlib.pyplot.switch_backend") and text:
            if text.lower() not in BACKENDS:
                self._add(node.lineno, "asked for a screen", text)
        elif name in LOADER:
            workers = next((word.value for word in node.keywords if word.arg == "num_workers"), None)
            if workers is not None and not (isinstance(workers, ast.Constant) and not workers.value):
                self._add(node.lineno, "started a process", f"num_workers={ast.unparse(workers)}")
        elif name == "open" and re.match(r"/|~|\.\.|[A-Za-z]:[\\/]", text):
            mode = next(
                (word.value for word in node.keywords if word.arg == "mode"), node.args[1] if node.args[1:] else None
            )
            writes = isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+")
            what = "wrote to a file outside its folder" if writes else "read a file outside its folder"
            if writes or not caught:
                self._add(node.lineno, what, text)

    def _dotted(self, node: ast.AST) -> str:
        """Returns the dotted name that an expression refers to, imports resolved; empty if it is not a name."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value)
            return base and f"{base}.{node.attr}"
        return ""


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = ("ImportError", "ModuleNotFoundError", "OSError", "PermissionError", "Exception", "BaseException")
    return handler.type is None or any(
        isinstance(node, ast.Name) and node.id in kinds for node in ast.walk(handler.type)
    )


def _is_here(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
