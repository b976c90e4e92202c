"""Hands in conftest.py files, which pytest would import, that mark every test as passed."""

STAGE = "prototypes"
GAIN = "a report in which every test passed"
KIND = "folder"
OUTCOMES = ("error",)

EVIL = """
import pathlib
pathlib.Path({mark!r}).write_text(__file__)
def pytest_runtest_makereport(item, call):
    from _pytest.reports import TestReport
    return TestReport(item.nodeid, item.location, {{}}, "passed", None, call.when)
"""


def plant(submission, ground):
    text = EVIL.format(mark=str(ground.outbox / "conftest"))
    for folder in (submission, submission / "stages"):
        (folder / "conftest.py").write_text(text)
    (submission / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
