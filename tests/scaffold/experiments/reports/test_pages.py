"""The pages: they say what the run's folder holds, and a browser shows all of it, at any width and in print.

The folders are those of `finished_runs.py`; `test_runs.py` writes pages of real runs.
"""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import finished_runs
import pytest

pytestmark = pytest.mark.usefixtures("reference")


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of each kind, and one as an older version left it, all drawn."""
    from experiments.__main__ import main

    output = tmp_path_factory.mktemp("runs")
    finished_runs.protonet(output / "protonet")
    finished_runs.simclr(output / "simclr")
    finished_runs.simclr(output / "simclr-old", full=False)
    assert main(["report", str(output)]) == 0
    return output


def text_of(page: str) -> str:
    """Returns what a page says, without its pictures and styles."""
    page = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_the_tables_have_the_values_of_the_json(runs: Path) -> None:
    for name, digits in (("protonet", 2), ("simclr", 1)):
        page = (runs / name / "report.html").read_text(encoding="utf-8")
        rows = re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', page)
        shown = [(first, text_of(rest)) for first, rest in rows]
        for row in json.loads((runs / name / "report.json").read_text())["results"]:
            accuracy = f"{100 * row['accuracy']:.{digits}f} ± {100 * row['half_width']:.{digits}f} %"
            own = [rest for first, rest in shown if first == row["name"].partition(",")[0] and accuracy in rest]
            assert len(own) == 1, row
            assert row["paper"] in own[0]
    assert "−0.3" in text_of((runs / "protonet" / "report.html").read_text(encoding="utf-8")), "points from the paper"


def test_every_part_of_a_run_is_shown(runs: Path) -> None:
    said = text_of((runs / "protonet" / "report.html").read_text(encoding="utf-8"))
    for part in (
        "5 of 6 queries of a 3-way 1-shot test episode are right",
        "Nearest neighbour of the same character: 43 %",
        "Network for 5-shot",
        "200 of them for the network 5-shot (tested in 5-way 5-shot, 3-way 2-shot)",
        "12 min 34 s",
        "3.00 GiB",
        "python -m experiments protonet <&>",
        "takes 1.23 % of further drawings for the wrong one. In 25 % of these mistakes the two are a character and its",
        "Half of the mistakes fall on 3 of the 12 classes",
        "Old Alpha 7 23 % → ← 12 % Beta 10, rotated by 90°",
        "A character and its own rotation C 1 50 % → ← 46 % C 1, rotated by 180°",
        "Another run: homework, trained in 1 min 5 s",
        "97.53 ± 0.16 %",
        "What each change bought",
    ):
        assert part in said, part
    said = text_of((runs / "simclr" / "report.html").read_text(encoding="utf-8"))
    for part in (
        "The probe is ahead with 500 and 5,000 labels; training from scratch is ahead with 50,000 labels; the curves "
        "cross between 5,000 and 50,000 labels, near 11,000.",
        "Of the 8 nearest neighbours, 54 % show the same class; before pretraining 21 %",
        "✗ dog",
        "Most often: cat taken for dog",
        "Map of the representations",
        "Two views",
        "62.1 %",  # the better trial of the sweep
        "3 of the probe and 3 of the baseline; at the end the probe has 70.0 % and the baseline 70.0 %",
        "Memory was not measured",
    ):
        assert part in said, part


def test_what_a_run_lacks_is_left_out_or_a_sentence(runs: Path) -> None:
    page = (runs / "simclr-old" / "report.html").read_text(encoding="utf-8")
    assert "This run kept no photographs" in page
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert "Pretraining" in titles
    assert not {"How many labels?", "What is taken for what", "Two views", "What each change bought"} & set(titles)
    assert "Mean loss" in page or "mean loss" in page, "numbers stand where the curve of neighbours would"


def test_a_stage_that_is_not_written_is_a_sentence(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import stages.report
    from experiments.protonet import PRESETS as PROTONET
    from experiments.reports.index import redraw
    from experiments.simclr import PRESETS as SIMCLR

    def stub(*arguments: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(stages.report, "plot_predictions", stub)
    monkeypatch.setattr(stages.report, "plot_comparison", stub)
    shutil.copytree(runs, tmp_path / "runs")
    redraw(tmp_path / "runs", {"protonet": PROTONET, "simclr": SIMCLR})
    for name, stage in (("protonet", "prediction_figure"), ("simclr", "comparison")):
        page = (tmp_path / "runs" / name / "report.html").read_text(encoding="utf-8")
        assert f"once the stage <code>{stage}</code> is written" in page


def test_a_folder_without_runs_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from experiments.__main__ import main

    assert main(["report", str(tmp_path)]) == 2
    assert "holds no finished run" in capsys.readouterr().err


def test_pages_are_small_and_name_nothing_outside(runs: Path) -> None:
    pages = [*runs.glob("*/report.html"), runs / "index.html"]
    pages += runs.glob("*/homework/report.html")
    assert len(pages) == 5
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert len(page) < 3_000_000
        assert not re.search(r"https?://|<script|<link|@import|url\((?!#)", re.sub(r"data:[^\"]*", "", page))
        identifiers = re.findall(r'\sid="([^"]*)"', page)
        assert len(set(identifiers)) == len(identifiers)
        assert {link[1:] for link in re.findall(r'href="(#[^"]*)"', page)} <= set(identifiers)
    index = (runs / "index.html").read_text(encoding="utf-8")
    links = [link for link in re.findall(r'href="([^"#]*)"', index) if link]
    assert sorted(links) == [
        "protonet/homework/report.html",
        "protonet/report.html",
        "simclr-old/report.html",
        "simclr/report.html",
    ]
    assert all((runs / link).is_file() for link in links)


def test_pictures_say_what_they_show(runs: Path) -> None:
    page = (runs / "protonet" / "report.html").read_text(encoding="utf-8")
    alts = [html.unescape(alt).replace("\u00a0", " ") for alt in re.findall(r'(?:alt|aria-label)="([^"]*)"', page)]
    said = " ".join(alts)
    assert "5-way 1-shot 98.77 ± 0.16 %, paper 98.8 %" in said.replace("98.76", "98.77")
    assert "a query of class 1 was taken for class 2" in said
    assert "the nearest neighbour of 99 % of them" in said
    simclr_page = (runs / "simclr" / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert 'alt="Neighbour 3: dog, cosine 0.88"' in simclr_page
    assert "500 labels: probe 45.0 %, from scratch 30.0 %" in simclr_page
    assert "at best 50.0 %" in simclr_page
    assert "Drawings of C 1, taken for C 1, rotated by 180° in 50 %" in said


def test_the_learning_rate_stands_below_the_loss_where_it_was_logged(runs: Path) -> None:
    pages = {
        name: (runs / name / "report.html").read_text(encoding="utf-8") for name in ("protonet", "simclr", "simclr-old")
    }
    charts = {
        name: re.findall(r'<svg role="img" aria-label="(Loss.*?)".*?</svg>', page, re.DOTALL)
        for name, page in pages.items()
    }
    assert [len(found) for found in charts.values()] == [2, 1, 1]
    for name, rates in (
        ("protonet", ["at first 0.00025, at its highest 0.012 (episode 50), at the end 0.012.", None]),
        ("simclr", ["at first 0.032, at its highest 0.032 (epoch 0.02), at the end 0.00032."]),
        ("simclr-old", [None]),
    ):
        for alt, rate in zip(charts[name], rates, strict=True):
            assert (f"Learning rate: {rate}" in alt) if rate else ("Learning rate" not in alt)
    panels = [page.count(">learning rate</text>") for page in pages.values()]
    assert panels == [1, 1, 0]


def test_the_command_breaks_between_its_words_only(runs: Path) -> None:
    page = (runs / "simclr" / "report.html").read_text(encoding="utf-8")
    assert "<pre><span>python</span> <span>-m</span> <span>experiments</span> <span>simclr</span></pre>" in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser; it has ended with the tests."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here to look at the pages with")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS + (["--no-sandbox"] if as_root else []))
        yield found
        found.close()


SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const out = [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.right > document.documentElement.clientWidth + 1 && !e.closest('.scroll') && !e.closest('svg');
  });
  return [wide, out.map(e => e.outerHTML.slice(0, 80))];
}"""
CUT = """() => [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => e.ariaLabel)"""
SMALL_TEXT = (
    """() => [...document.querySelectorAll('svg text')].filter(e => e.getBoundingClientRect().height < 8).length"""
)
CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, under) => { const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => a * top[i] + (1 - a) * under[i]); };
  const light = c => { const f = c.slice(0, 3).map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const ground = e => { const layers = [];
    for (let at = e; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => top.length ? over(top, under) : under, [255, 255, 255]); };
  const bad = [];
  for (const e of document.querySelectorAll('main *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e), under = ground(e);
    const ink = over(parse(e.closest('svg') ? style.fill : style.color), under);
    const [high, low] = [light(ink), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${e.tagName} ${e.textContent.slice(0, 30)}`);
  }
  return bad;
}"""
HEADINGS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(e => Number(e.tagName[1]))"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_all_of_a_page_on_a_phone_and_in_print(browser: Any, runs: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    context.set_default_timeout(90_000)  # milliseconds, for a busy machine
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for path in (runs / "protonet" / "report.html", runs / "simclr" / "report.html", runs / "index.html"):
        page = context.new_page()
        for width in (390, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(path.as_uri())
            assert page.evaluate(SIDEWAYS) == [0, []], f"{path.parent.name} at {width}"
            assert page.evaluate(SMALL_TEXT) == 0, "letters of a chart that cannot be read"
        assert page.evaluate(CONTRAST) == []
        levels = page.evaluate(HEADINGS)
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
        assert page.evaluate("() => [...document.images].every(image => image.complete && image.naturalWidth > 0)")
        dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        assert dark == (scheme == "dark")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 673, "height": 1000})  # A4 without its margins, in CSS pixels
        assert page.evaluate(CUT) == [], "a table that is cut off in print"
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(CONTRAST) == []
        page.close()
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    context.close()
