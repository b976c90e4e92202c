"""The hidden suites, collected once: a warm process that forks judges has them ready to run.

pytest starts, collects all suites and comes to the point where it would run them; there the warm process serves
instead. A judge that is forked from it runs the items of its stages in its own copy of that session (`run`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.runner import pytest_plugin

SUITES = Path(__file__).resolve().parents[1] / "suites"

_session: pytest.Session | None = None


class _Host:
    """A plugin that serves in place of running tests."""

    def __init__(self, serve: Callable[[], None]):
        self._serve = serve

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        global _session
        _session = session
        self._serve()
        return True


def collect(serve: Callable[[], None]) -> None:
    """Collects the suites and calls `serve`, which forks judges and does not return. Where they cannot be collected,
    a judge finds out for its own stage.

    Args:
        serve: the warm process's loop.
    """
    options = [f"--rootdir={SUITES}", f"--confcutdir={SUITES}", *pytest_plugin.PYTEST_OPTIONS]
    files = [str(path) for path in sorted(SUITES.glob("test_*.py"))]
    pytest.main([*files, "-c", str(pytest_plugin.INI), *options], plugins=[_Host(serve)])
    serve()


def run(file: Path, plugin: Any) -> bool:
    """Runs the tests of one suite, in a judge.

    Args:
        file: the suite.
        plugin: a `runner.pytest_plugin.Run`, which hears of the tests; its `lost` ends the run.

    Returns:
        False if the suite is not among those collected here.
    """
    items = [item for item in _session.items if item.path == file] if _session is not None else []
    if _session is None or not items:
        return False
    plugin.pytest_configure(_session.config)
    plugin.hears_of(items)
    for item, after in zip(items, [*items[1:], None], strict=True):
        _run_one(item, after, plugin)
        if plugin.lost:
            _session._setupstate.teardown_exact(None)
            break
    return True


def _run_one(item: Any, after: Any, plugin: Any) -> None:
    """Does what pytest's `runtestprotocol` does, without asking forty hooks: they take longer than most tests."""
    state = item.session._setupstate
    plugin.begin(item)
    if not item._request:
        item._initrequest()

    def call() -> None:
        with plugin.timed():
            item.runtest()

    if _noted(plugin, "setup", lambda: state.setup(item)):
        _noted(plugin, "call", call)
    _noted(plugin, "teardown", lambda: state.teardown_exact(after))
    item._request, item.funcargs = False, None
    plugin.end(item)


def _noted(plugin: Any, phase: str, action: Callable[[], object]) -> bool:
    """Does it, and tells the plugin what came of it. Returns whether nothing was raised."""
    try:
        action()
    except BaseException as error:
        plugin.note(phase, error)
        return False
    plugin.note(phase, None)
    return True
