"""The pictures of the README, made from what `make demo` left: `python -m autograder.demo.pictures out/demo`.

assignment/pictures/check.svg     `make check` with half of the work done
assignment/pictures/*.png         pages in a headless Chromium: the class, a feedback page, the reports
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from autograder import rubric
from autograder.errors import UserError
from autograder.runner import run as runner
from autograder.student import check

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "assignment" / "pictures"
PAGES = {  # picture: (page below the demo's folder, width and height in CSS pixels)
    "class.png": ("index.html", 1180, 640),
    "feedback.png": ("course/feedback/deniz/homework/1_prototypical_networks.html", 900, 900),
    "report-protonet.png": ("runs/protonet/report.html", 1000, 1000),
}
ANCHORS = {"feedback.png": "div.alert-info"}  # what to scroll to


def main(argv: list[str]) -> int:
    """Makes all pictures from the demo in the folder `argv[0]`."""
    try:
        if len(argv) != 1 or not (Path(argv[0]) / "index.html").is_file():
            raise UserError("Name the folder of a finished demo, such as out/demo; make demo makes it.")
        PICTURES.mkdir(exist_ok=True)
        picture_of_check()
        screenshots(Path(argv[0]).resolve())
    except UserError as error:
        print(f"pictures: {error}", file=sys.stderr)
        return 2
    return 0


def picture_of_check() -> None:
    """Checks a half-finished submission (no SimCLR, a root in the distances) and saves the terminal's picture."""
    from rich.console import Console

    with tempfile.TemporaryDirectory() as folder:
        stages = Path(folder, "assignment", "stages")
        shutil.copytree(ROOT / "solutions" / "stages", stages, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("simclr.py", "linear_eval.py"):
            shutil.copy(ROOT / "assignment" / "stages" / name, stages)
        mistake = ROOT / "tests" / "scaffold" / "bank" / "wrong" / "distances" / "rooted.py"
        with (stages / "protonet.py").open("a") as file:
            file.write(mistake.read_text())
        results = runner.run(stages.parent, rubric.STAGES, "visible")
    console = Console(
        record=True, file=io.StringIO(), width=80, markup=False, highlight=False, emoji=False, force_terminal=True
    )
    console.print("$ make check")
    check.show(console, Path("assignment"), results)
    console.save_svg(str(PICTURES / "check.svg"), title="make check")


def screenshots(demo: Path) -> None:
    """Takes the pictures of the pages with the system's Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise UserError("No Chromium was found; install it (Debian: apt-get install chromium) to take the pictures.")
    with sync_playwright() as playwright:
        flags = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *flags])
        for name, (page_path, width, height) in PAGES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto((demo / page_path).as_uri())
            if name in ANCHORS:
                page.locator(ANCHORS[name]).first.scroll_into_view_if_needed()
                page.evaluate("window.scrollBy(0, 300)")
            page.screenshot(path=str(PICTURES / name))
        browser.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
