"""What an instructor and a student see in a browser: formgrader and a page of feedback, in a real Chromium.

Pictures of the pages go to `out/screens/`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graded_course
import pytest
from graded_course import FIRST, FORGED, SECOND, Course

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("nbgrader"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here to look at the pages with"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The class of `graded_course.py`, graded."""
    folder = tmp_path_factory.getbasetemp() / "nbgrader"
    folder.mkdir(exist_ok=True)
    return graded_course.shared(folder / "course")


@pytest.fixture(scope="module")
def screens(root: Path) -> Path:
    folder = root / "out" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of a headless browser that reaches nothing but this machine; it has ended with the test."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS + (["--no-sandbox"] if as_root else []))
        view = browser.new_page(viewport={"width": 1200, "height": 900})
        view.set_default_timeout(90_000)  # milliseconds; the first answer of the server is slow on a busy machine
        view.route("**/*", lambda route: route.continue_() if _is_local(route.request.url) else route.abort())
        yield view
        browser.close()


@pytest.fixture
def server(graded: Course) -> Iterator[tuple[str, str]]:
    """A Jupyter server with nbgrader's extension, on loopback: its address and token. It has ended with the test."""
    token = "for-this-test-only"
    runtime = Path(graded.environment["JUPYTER_RUNTIME_DIR"])
    log = graded.home / "server.log"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={graded.folder}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=graded.folder, env=graded.environment, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 90
            while (port := _port(runtime)) is None:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}", token
        finally:
            process.terminate()
            process.wait(timeout=30)


def _port(runtime: Path) -> int | None:
    """The port of the server, once the file that names it is there and whole."""
    for path in runtime.glob("jpserver-*.json"):
        with contextlib.suppress(json.JSONDecodeError):
            return int(json.loads(path.read_text())["port"])
    return None


def _is_local(address: str) -> bool:
    return address.startswith(("file:", "data:", "http://127.0.0.1:", "ws://127.0.0.1:"))


@pytest.mark.parametrize(
    ("student", "name", "cell"),
    [
        ("half", FIRST, "distances"),
        ("full", FIRST, "why_mean"),
        ("tampered", SECOND, "nt_xent"),
        ("stub", SECOND, ""),
        ("late", FIRST, "sample_episode"),
    ],
)
def test_a_student_reads_the_feedback(
    graded: Course, page: Any, screens: Path, student: str, name: str, cell: str
) -> None:
    address = graded.folder / "feedback" / student / "homework" / name.replace(".ipynb", ".html")
    page.goto(address.as_uri(), wait_until="domcontentloaded")
    assert page.title() == name.removesuffix(".ipynb")
    if cell:
        page.locator(f'a[name="{cell}"]').evaluate("element => element.scrollIntoView()")
    page.screenshot(path=screens / f"feedback-{student}.png")
    shown = page.inner_text("body")
    assert "tbody" not in shown
    if student == "half":
        assert "of 8 points" in shown
        assert page.locator(".alert-info").first.inner_text().strip()
    if student == "tampered":
        assert "appeared 2 times" in shown
    if student == "late":
        assert "opened a socket" in page.locator(".alert-danger").first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_pages_of_autograder_grade_fit_every_screen(
    graded: Course, page: Any, screens: Path, scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name in ("index", *(f"feedback/{student}" for student in ("full", "half", "late", "linked"))):
        page.goto((graded.output / f"{name}.html").as_uri())
        page.screenshot(path=screens / f"grade-{Path(name).stem}-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        dark = "rgb(13, 17, 23)"
        assert (page.evaluate("getComputedStyle(document.body).backgroundColor") == dark) == (scheme == "dark")
        shown = page.inner_text("body")
        if name == "index":
            assert "sample_episode: stages/episodes.py" in shown
            assert page.locator("table.class tbody tr").count() == len(graded_course.STUDENTS)
        if name == "feedback/late":
            assert "opened a socket" in shown
        if name == "feedback/linked":
            assert "is a link" in shown
    assert said == []


def test_an_instructor_sees_the_scores_in_formgrader(
    graded: Course, page: Any, server: tuple[str, str], screens: Path
) -> None:
    address, token = server
    page.goto(f"{address}/?token={token}", wait_until="domcontentloaded")  # logs in
    page.goto(f"{address}/formgrader/manage_submissions/homework", wait_until="domcontentloaded")
    page.locator("tbody td", has_text="tampered").wait_for()
    rows = {row.locator("td").nth(1).inner_text().strip(): row.inner_text() for row in page.locator("tbody tr").all()}
    assert set(rows) >= set(graded_course.STUDENTS)
    assert "100 / 120" in rows["full"]
    assert "0 / 120" in rows["stub"]
    page.screenshot(path=screens / "formgrader.png")

    page.goto(f"{address}/formgrader/gradebook/homework/{FIRST.removesuffix('.ipynb')}", wait_until="domcontentloaded")
    page.get_by_role("link", name="Submission #1").wait_for()
    page.screenshot(path=screens / "formgrader-notebook.png")


def test_an_instructor_reads_an_answer_in_formgrader_safely(
    graded: Course, page: Any, server: tuple[str, str], screens: Path
) -> None:
    address, token = server
    page.goto(f"{address}/?token={token}", wait_until="domcontentloaded")  # logs in
    page.goto(f"{address}/formgrader/manage_students/full/homework", wait_until="domcontentloaded")
    page.get_by_role("link", name=FIRST.removesuffix(".ipynb")).click()
    page.locator("#why_mean").scroll_into_view_if_needed()  # the field for the points
    page.wait_for_timeout(500)
    assert page.title() == FIRST.removesuffix(".ipynb")
    assert "and so on" in page.inner_text("body")
    page.screenshot(path=screens / "formgrader-answer.png")


# What covers the middle of the window, and where a student's words stand dressed as a part of the page.
COVERED = "document.elementFromPoint(innerWidth / 2, innerHeight / 2).className"
VEIL = "document.body.insertAdjacentHTML('beforeend', '<div class=\"modal-backdrop in\" id=\"veil\"></div>')"
DRESSED = """words => [...document.querySelectorAll('.modal-backdrop, .label, .alert, [style*=opacity]')].filter(
    element => element.textContent.includes(words)).map(element => element.outerHTML)"""


@pytest.mark.parametrize("place", ["feedback", "formgrader"])
def test_a_submission_neither_covers_the_page_nor_imitates_a_verdict(
    graded: Course, page: Any, request: pytest.FixtureRequest, screens: Path, place: str
) -> None:
    if place == "feedback":
        shown = graded.folder / "feedback" / "tampered" / "homework" / SECOND.replace(".ipynb", ".html")
        page.goto(shown.as_uri(), wait_until="domcontentloaded")
    else:
        address, token = request.getfixturevalue("server")
        page.goto(f"{address}/?token={token}", wait_until="domcontentloaded")  # logs in
        page.goto(f"{address}/formgrader/manage_students/tampered/homework", wait_until="domcontentloaded")
        page.get_by_role("link", name=SECOND.removesuffix(".ipynb")).click()
        page.locator("#why_h").wait_for()  # the field for the points
    page.screenshot(path=screens / f"{place}-dressed.png")
    assert page.inner_text("body").count(FORGED) >= 3  # what was written is there, as text
    assert "modal-backdrop" not in page.evaluate(COVERED)
    assert page.evaluate(DRESSED, FORGED) == []
    assert page.locator(".alert-info", has_text="From the autograder").count() == 1
    page.evaluate(VEIL)  # and such markup would cover it
    assert "modal-backdrop" in page.evaluate(COVERED)
