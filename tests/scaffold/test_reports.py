"""The reports: what they say is what the run's folder holds, and a browser shows all of it, at any width and in print.

The folders are made by hand, with every phase that a run can have; `test_experiments.py` writes reports of real runs.
"""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import math
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
TRIED = """# The log

Text with `code`, **weight** and <angles>.

## All runs

| change | minutes | 1-shot | what it bought |
| --- | --- | --- | --- |
| cosine \\| warmup | 12 | 97.31 ± 0.2 | +0.34 points |

- one thing
  that goes on
- another
"""


pytestmark = pytest.mark.usefixtures("reference")


def write(folder: Path, report: dict[str, Any], config: Any, lines: list[dict[str, Any]]) -> Path:
    """Writes a run's folder, without the pictures."""
    folder.mkdir(parents=True)
    environment = {"command": report["command"], "python": "3.11", "torch": "2.0", "threads": 1, "data_note": ""}
    plain = json.loads(json.dumps(dataclasses.asdict(config), default=str))
    for name, content in (("report", report), ("config", plain), ("environment", environment)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return folder


def protonet(folder: Path) -> Path:
    """Writes the folder of a ProtoNet run with two networks."""
    from experiments.protonet import PRESETS
    from experiments.training import artifacts

    results = [
        {"name": name, "accuracy": value, "episodes": 1000, "paper": paper, "half_width": half, "network": network}
        for name, value, paper, half, network in (
            ("5-way 1-shot", 0.98765, "98.8 %", 0.0016, "1-shot"),
            ("5-way 5-shot", 0.99412, "99.7 %", 0.0008, "5-shot"),
            ("3-way 2-shot", 0.91234, "–", 0.0031, "5-shot"),
        )
    ]
    report = {"schema": 1, "experiment": "protonet", "title": "Prototypical Networks on Omniglot", "preset": "cpu"}
    report |= {"command": "python -m experiments protonet <&>", "note": "<p>Omniglot.</p>", "results": results}
    report |= {"seconds": {"train-1-shot": 754.0, "train-5-shot": 61.0}, "peak_memory": {"train-1-shot": 3 * 2**30}}
    lines: list[dict[str, Any]] = []
    for name in ("1-shot", "5-shot"):
        for step in range(200):
            values = {"loss": 2 * 0.98**step + 0.01 * (step % 3), "accuracy": 1 - 0.9 * 0.98**step}
            if name == "1-shot":
                values["learning_rate"] = 0.0123 * min(step + 1, 50) / 50
            lines.append({"phase": f"train-{name}", "step": step, **values})
        for step in (100, 200):
            values = {"5-way 1-shot": 0.9 + step / 4000, "5-way 5-shot": 0.95}
            lines.append({"phase": f"validation-{name}", "step": step, **values})
    write(folder, report, PRESETS["cpu"], lines)
    drawn = torch.zeros(3, 1, 1, 28, 28, dtype=torch.uint8)
    drawn[:, :, :, 5:20, 8:12] = 255
    labels = torch.arange(3).repeat_interleave(20)
    episode = {
        "support": drawn,
        "query": drawn.repeat(1, 2, 1, 1, 1),
        "predictions": torch.tensor([[0, 0], [1, 2], [2, 2]]),
    }
    maps = {"before": torch.rand(60, 2), "after": torch.rand(60, 2) / 9 + labels[:, None], "labels": labels}
    maps |= {"glyphs": drawn[:, 0, 0], "names": ["a", "b", "c"], "nearest_before": 0.4321, "nearest_after": 0.9876}
    mixups = {"pairs": torch.tensor([[0, 4], [2, 8]]), "rates": torch.tensor([[0.2345, 0.1234], [0.5, 0.4567]])}
    mixups |= {
        "drawings": drawn[:2, None, 0].repeat(1, 2, 3, 1, 1),
        "names": ["Old_Alpha/character07", "Beta/character10", "C/character1"],
    }
    mixups |= {"classes": 12, "wrong": 0.0123, "turned": 0.25, "half": 3}
    artifacts.save(folder, {"episode": episode, "maps": maps, "mixups": mixups})
    other = report | {"results": [results[0] | {"accuracy": 0.97531}], "seconds": {"train-1-shot": 65.0}}
    write(folder / "homework", other, PRESETS["cpu"], [])
    (folder / "tried.md").write_text(TRIED, encoding="utf-8")
    return folder


def simclr(folder: Path, full: bool = True) -> Path:
    """Writes the folder of a SimCLR run; without `full` as an older version left it, and as a sweep of none."""
    from experiments.simclr import PRESETS
    from experiments.training import artifacts

    results = [
        {"name": f"{name}, {protocol} protocol", "accuracy": value, "half_width": 0.0098, "paper": paper}
        for protocol, name, value, paper in (
            ("homework", "linear probe", 0.62125, "–"),
            ("homework", "baseline from scratch", 0.5415, "–"),
            ("standard", "linear probe", 0.67891, "94.0 %"),
            ("standard", "baseline from scratch", 0.72351, "95.1 %"),
        )
    ]
    report = {"schema": 1, "experiment": "simclr", "title": "SimCLR on CIFAR-10", "note": "<p>CIFAR-10.</p>"}
    report |= {"command": "python -m experiments simclr", "results": results, "loss_by_epoch": [6.0, 5.0]}
    report |= {"seconds": {"pretrain": 2700.0, "probe-standard": 3.0}}
    lines: list[dict[str, Any]] = [
        {"phase": "pretrain", "step": i, "loss": 6 - i / 100} | ({"learning_rate": 0.0321 / (i + 1)} if full else {})
        for i in range(100)
    ]
    for kind in ("probe", "baseline"):
        for protocol in ("homework", "standard"):
            for epoch in range(3):
                values = dict.fromkeys(("train_loss", "train_accuracy", "val_loss", "val_accuracy"), 0.5 + epoch / 10)
                lines.append({"phase": f"{kind}-{protocol}", "step": epoch, **values})
    if full:
        lines += [{"phase": "knn", "step": e, "accuracy": 0.3 + e / 10} for e in range(3)]
        for n, probe, baseline in ((500, 0.45, 0.30), (5000, 0.55, 0.50), (50000, 0.6, 0.7)):
            values = {"probe": probe, "baseline": baseline, "control": 0.25}
            halves = {"probe_half_width": 0.01, "baseline_half_width": 0.011, "control_half_width": 0.009}
            lines.append({"phase": "labels", "step": n, **values, **halves})
        for trial, rate in enumerate((0.01, 0.05)):
            values = {"learning_rate": rate, "val_accuracy": 0.6111 + trial / 100}
            lines.append({"phase": "sweep-baseline-1%", "step": trial, **values})
    write(folder, report, PRESETS["cpu"], lines)
    if full:
        cells = (
            "| stem `half` (3x3 of stride 2, no pooling), crops of 16x16 for 80 % of the steps | 12" + " | 31.1 %" * 6
        )
        (folder / "tried.md").write_text(f"| what differs | s{' | probe, 10,000' * 6} |\n{'| - ' * 8}|\n{cells} |\n")
        photos = torch.randint(0, 256, (10, 3, 32, 32), dtype=torch.uint8)
        labels = torch.arange(10)
        nearest = {"queries": photos, "query_labels": labels, "nearest": photos[:, None].repeat(1, 8, 1, 1, 1)}
        nearest |= {"nearest_labels": labels[:, None].repeat(1, 8), "similarities": torch.full((10, 8), 0.875)}
        nearest["nearest_labels"][3, 2] = 5
        nearest |= {"share": 0.543, "share_before": 0.212, "among": 2000}
        maps = {"before": torch.rand(100, 2), "after": torch.rand(100, 2), "labels": labels.repeat(10)}
        maps |= {"nearest_before": 0.2, "nearest_after": 0.6}
        views = {"photos": photos[:2], "views": photos[:2, None].repeat(1, 8, 1, 1, 1)}
        matrix = 80 * torch.eye(10).long() + 1
        matrix[3, 5] = 41
        confusion = {"probe-standard": matrix, "baseline-standard": matrix}
        artifacts.save(folder, {"neighbours": nearest, "maps": maps, "views": views, "confusion": confusion})
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of each kind, and one as an older version left it, all drawn."""
    from experiments.__main__ import main

    output = tmp_path_factory.mktemp("runs")
    protonet(output / "protonet")
    simclr(output / "simclr")
    simclr(output / "simclr-old", full=False)
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
        "Old Alpha 7 23 % → ← 12 % Beta 10, turned by 90°",
        "A character and its own turn C 1 50 % → ← 46 % C 1, turned by 180°",
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
        "The memory was not measured",
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
    assert "Drawings of C 1, taken for C 1, turned by 180° in 50 %" in said


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


def test_an_axis_of_accuracies_has_room_near_one() -> None:
    from experiments.reports.charts.lines import Line, line_chart

    shown = [Line("a", [0, 1, 2], [0.1, 0.9, 0.99]), Line("b", [1, 2], [0.98, 1.0], high=[1, 1], low=[0.9, 1])]
    figure = line_chart(shown, "episode", "accuracy", percent=True, near_one=True)
    axis = figure.axes[0]
    figure.draw_without_rendering()
    heights = axis.transData.transform([(0, y) for y in (0.1, 0.9, 0.99)])[:, 1]
    assert heights[2] - heights[1] == pytest.approx((heights[1] - heights[0]) * math.log(10) / math.log(9))
    assert {"50 %", "90 %", "99 %", "99.9 %"} <= {label.get_text() for label in axis.get_yticklabels()}
    bottom, top = axis.get_ylim()
    assert bottom < 0.1
    assert all(bottom <= y <= top for line in axis.lines for y in line.get_ydata()), (
        "within the axes, as charts clip nothing"
    )


def test_a_difference_of_nothing_has_no_sign() -> None:
    from experiments.reports.numbers import difference

    assert [difference({"paper": "99.7 %", "accuracy": value}) for value in (0.9969, 0.9974, 0.9981, 0.9959)] == [
        "0.0", "0.0", "+0.1", "−0.1"]  # fmt: skip
    assert difference({"paper": "–", "accuracy": 1.0}) == "–"


def test_the_command_breaks_between_its_words_only(runs: Path) -> None:
    page = (runs / "simclr" / "report.html").read_text(encoding="utf-8")
    assert "<pre><span>python</span> <span>-m</span> <span>experiments</span> <span>simclr</span></pre>" in page


def test_drawings_stand_in_a_row_in_dark_ink() -> None:
    import base64
    import io

    from experiments.reports.html import handwriting
    from PIL import Image

    drawings = torch.zeros(2, 3, 5, dtype=torch.uint8)
    drawings[1, 2, 4] = 255
    shown = handwriting(drawings, 'so-called "ink"')
    assert 'alt="so-called &quot;ink&quot;"' in shown
    content = base64.b64decode(re.findall(r"base64,([^\"]*)", shown)[0])
    image = Image.open(io.BytesIO(content)).convert("L")
    assert image.size == (4 * (5 + 4 + 5), 4 * 3)
    dark = [(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) < 128]
    assert (min(dark), max(dark), len(dark)) == ((52, 8), (55, 11), 16)


def test_mixups_are_those_of_all_choices_of_drawings() -> None:
    from experiments.analysis.confusions import _nearer, find, pair_rates

    generator = torch.Generator().manual_seed(3)
    sizes = [4, 3, 5, 4, 3, 5]  # three characters and a turn of each: class y is character y % 3
    labels = torch.arange(6).repeat_interleave(torch.tensor(sizes))
    centres = torch.tensor([[0, 0], [9, 0], [0, 9.0], [0.4, 9.3], [9.2, 0.3], [30, 30]])
    points = centres[labels] + torch.rand(len(labels), 2, generator=generator)
    order = torch.randperm(len(labels), generator=generator)  # the classes lie anywhere among the images
    labels, points = labels[order], points[order]

    def rate(own: int, other: int) -> float:
        mine = [point for point, label in zip(points, labels, strict=True) if label == own]
        others = [point for point, label in zip(points, labels, strict=True) if label == other]
        wrong = [
            (query - far).norm() < (query - near).norm()
            for i, query in enumerate(mine)
            for j, near in enumerate(mine)
            for far in others
            if i != j
        ]
        return sum(map(float, wrong)) / len(wrong)

    for first, second in ((2, 3), (1, 4), (0, 5)):
        assert pair_rates(points, labels, first, second).tolist() == pytest.approx(
            [rate(first, second), rate(second, first)]
        )

    images = labels.float()[:, None, None, None].expand(-1, 1, 2, 2) / 5
    shown = find(images, labels, points, ["a/1", "b/2", "c/3"], n_rounds=40)
    assert shown["pairs"].tolist() == [[2, 3], [1, 4]], "two characters first, then a character and its turn"
    expected = [[rate(2, 3), rate(3, 2)], [rate(1, 4), rate(4, 1)]]
    assert shown["rates"].flatten().tolist() == pytest.approx([number for pair in expected for number in pair])
    assert shown["drawings"].shape == (2, 2, 3, 2, 2)
    assert shown["drawings"][:, :, :, 0, 0].tolist() == [[[102] * 3, [153] * 3], [[51] * 3, [204] * 3]]
    comparisons = sum(size - 1 for size in sizes) * 5
    all_pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    mistakes = [rate(i, j) * (sizes[i] - 1) for i, j in all_pairs]
    assert shown["wrong"] == pytest.approx(sum(mistakes) / comparisons, rel=0.1)
    turned = sum(m for m, (i, j) in zip(mistakes, all_pairs, strict=True) if i % 3 == j % 3)
    assert shown["turned"] == pytest.approx(turned / sum(mistakes), abs=0.05)
    by_class = sorted(sum(m for m, pair in zip(mistakes, all_pairs, strict=True) if pair[0] == i) for i in range(6))
    half = next(n for n in range(1, 7) if sum(by_class[-n:]) >= sum(by_class) / 2)
    assert (shown["classes"], shown["half"]) == (6, half)
    counts = _nearer(points, labels, 40, torch.Generator().manual_seed(0))
    assert counts.diagonal().sum() == 0, "no class is taken for itself"


def test_a_network_that_mixes_up_nothing_has_no_mixups() -> None:
    from experiments.analysis.confusions import find

    labels = torch.arange(4).repeat(5)
    shown = find(torch.rand(20, 1, 4, 4), labels, 100 * torch.eye(4)[labels], ["a", "b"])
    assert (len(shown["pairs"]), shown["drawings"].shape) == (0, (0, 2, 3, 4, 4))
    assert (shown["wrong"], shown["turned"], shown["half"]) == (0, 0, 0)


def test_markdown_becomes_html_and_nothing_else() -> None:
    from experiments.reports.markdown import as_html

    page = as_html(TRIED)
    assert "The log" not in page
    assert "<p>Text with <code>code</code>, <strong>weight</strong> and &lt;angles&gt;.</p>" in page
    assert "<h3>All runs</h3>" in page
    assert "<li>one thing that goes on</li><li>another</li>" in page
    cells = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", page)
    assert cells == [
        "change",
        "minutes",
        "1-shot",
        "what it bought",
        "cosine | warmup",
        "12",
        "97.31 ± 0.2",
        "+0.34 points",
    ]
    assert '<td class="number">12</td>' in page


def test_the_log_of_the_stages_is_found_where_their_runs_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import stages
    from experiments.reports.provenance import find_log

    own, shipped = tmp_path / "runs" / "cpu" / "protonet", tmp_path / "solutions" / "runs" / "cpu" / "protonet"
    own.mkdir(parents=True)
    shipped.mkdir(parents=True)
    monkeypatch.setattr(stages, "__file__", str(tmp_path / "solutions" / "stages" / "__init__.py"))
    assert find_log(own, "cpu") is None
    (shipped / "tried.md").write_text("shipped")
    assert find_log(own, "cpu") == shipped / "tried.md"
    assert find_log(own, "smoke") is None
    (own / "tried.md").write_text("own")
    assert find_log(own, "cpu") == own / "tried.md"


def test_maps_keep_groups_together_and_are_the_same_again() -> None:
    from experiments.analysis.tsne import principal_components, same_class_nearest, tsne

    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(4).repeat(25)
    points = 6 * torch.randn(4, 30, generator=generator)[labels] + torch.randn(100, 30, generator=generator)
    noise = torch.randn(100, 30, generator=generator)
    plane = tsne(points)
    assert plane.shape == (100, 2)
    assert same_class_nearest(plane, labels) == 1.0
    centres = torch.stack([plane[labels == label].mean(0) for label in range(4)])
    spread = max(plane[labels == label].std(0).max() for label in range(4))
    assert torch.pdist(centres).min() > 3 * spread
    assert torch.equal(tsne(points), plane)
    assert same_class_nearest(tsne(noise), labels) < 0.6
    assert tsne(points[:3]).shape == (3, 2)
    flat = torch.randn(50, 2, generator=generator) * torch.tensor([5.0, 2.0])
    found = principal_components(flat @ torch.linalg.qr(torch.randn(6, 2, generator=generator)).Q.T + 3)
    assert torch.allclose(torch.pdist(found), torch.pdist(flat), atol=1e-3)
    assert found.var(dim=0)[0] > found.var(dim=0)[1]


def test_a_perplexity_is_the_number_of_neighbours() -> None:
    from experiments.analysis.tsne import _neighbour_probabilities

    points = torch.randn(80, 5, generator=torch.Generator().manual_seed(1))
    p = _neighbour_probabilities(points, 12.0)
    entropy = -(p * p.clamp(min=1e-30).log()).sum(1)
    assert torch.allclose(entropy.exp(), torch.full((80,), 12.0), rtol=1e-3)
    assert torch.equal(p.diagonal(), torch.zeros(80))


def test_noisy_points_become_means_and_the_middle_of_them() -> None:
    from experiments.reports.charts.lines import binned

    few = binned([1, 2, 3], [5.0, 6.0, 7.0], "few")
    assert (few.x, few.y, few.low) == ([1, 2, 3], [5, 6, 7], ())
    line = binned(list(range(1000)), [float(i % 10) for i in range(1000)], "many", n_bins=20)
    assert len(line.x) == len(line.y) == len(line.low) == len(line.high) == 20
    assert line.x[0] == pytest.approx(24.5)
    assert line.y == pytest.approx([4.5] * 20)
    assert all(0.5 <= low <= 1.5 and 7.5 <= high <= 8.5 for low, high in zip(line.low, line.high, strict=True))


def test_names_of_lines_do_not_cover_each_other() -> None:
    from experiments.reports.charts.lines import _spread

    places = _spread([50.0, 51.0, 52.0, 99.0], 10, 0, 100)
    assert all(later - earlier > 9.5 for earlier, later in itertools.pairwise(places))
    assert max(places) <= 100
    assert _spread([10.0, 90.0], 10, 0, 100) == [10.0, 90.0]


def test_the_crossing_is_found_between_the_numbers_of_labels() -> None:
    from experiments.reports.simclr.sections import ahead_until

    def line(n: int, probe: float, baseline: float) -> dict[str, float]:
        return {"step": n, "probe": probe, "baseline": baseline}

    crossing = ahead_until([line(10_000, 0.5, 0.6), line(100, 0.4, 0.3)])
    assert crossing.endswith("; the curves cross between 100 and 10,000 labels, near 1,000."), (
        "halfway between 100 and 10,000 on the logarithmic axis"
    )
    ahead = ahead_until([line(500, 0.4, 0.3), line(50, 0.3, 0.2), line(5, 0.2, 0.1)])
    everywhere = "is ahead with every number of labels measured: 5, 50 and 500; the curves do not cross."
    assert ahead == f"The probe {everywhere}"
    behind = ahead_until([line(n, 0.1, 0.2) for n in (50, 5, 500)])
    assert behind == f"Training from scratch {everywhere}"
    late = ahead_until([line(10, 0.1, 0.2), line(1000, 0.4, 0.3)])
    assert late == (
        "The probe is ahead with 1,000 labels; training from scratch is ahead with 10 labels; the curves cross between "
        "10 and 1,000 labels, near 100."
    )
    assert ahead_until([line(500, 0.3, 0.3)]) == "They are level with 500 labels."
    assert ahead_until([line(5, 0.1, 0.1), line(500, 0.3, 0.3)]) == "They are level with 5 and 500 labels."
    near = line(2000, 0.60, 0.61) | {"probe_half_width": 0.01, "baseline_half_width": 0.01}
    level = ahead_until([line(500, 0.4, 0.3), near])
    assert level.startswith(
        "The probe is ahead with 500 labels; they are level with 2,000 labels; the curves cross between 500 and 2,000"
    )
    assert ahead_until([line(50, 0.1, 0.2)]) == "Training from scratch is ahead with 50 labels."
    assert ahead_until([]) == ""


def test_confusion_counts_what_was_taken_for_what() -> None:
    from experiments.analysis.artifacts import confusion

    matrix = confusion(torch.tensor([0, 0, 1, 2], dtype=torch.uint8), torch.tensor([0, 2, 1, 2], dtype=torch.uint8), 3)
    assert matrix.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_nearest_neighbours_are_the_most_similar_others() -> None:
    from experiments.analysis.simclr import _neighbours

    angles = torch.tensor([0.0, 0.1, 0.25, 3.0, 3.1])
    encoded = torch.stack([angles.cos(), angles.sin()], 1) * torch.tensor([[1.0], [9.0], [1.0], [2.0], [5.0]])
    images = torch.arange(5, dtype=torch.uint8)[:, None, None, None].expand(5, 3, 2, 2)
    shown = _neighbours(encoded, images, torch.tensor([0, 0, 1, 1, 1]), k=2)
    assert shown["queries"][:, 0, 0, 0].tolist() == [0, 2], "the first photograph of each class"
    assert shown["nearest"][:, :, 0, 0, 0].tolist() == [[1, 2], [1, 0]]
    assert shown["nearest_labels"].tolist() == [[0, 1], [0, 0]]
    assert float(shown["similarities"][0, 0]) == pytest.approx(math.cos(0.1))
    assert shown["share"] == pytest.approx((1 + 1 + 0 + 2 + 2) / 10)


def test_exhibits_come_back_and_may_be_missing_or_broken(tmp_path: Path) -> None:
    from experiments.training import artifacts

    assert artifacts.load(tmp_path) == {}
    large = torch.rand(1000, 1000)
    artifacts.save(tmp_path, {"part": {"some": large[:2], "name": "x"}})
    assert (tmp_path / artifacts.NAME).stat().st_size < 20_000, "the part alone, not all that it is a view of"
    loaded = artifacts.load(tmp_path)["part"]
    assert torch.equal(loaded["some"], large[:2])
    assert loaded["name"] == "x"
    (tmp_path / artifacts.NAME).write_bytes(b"half")
    assert artifacts.load(tmp_path) == {}


def test_every_ink_is_a_colour_of_the_page_in_light_and_in_dark() -> None:
    from experiments.reports.charts.theme import INK

    style = (ROOT / "assignment" / "experiments" / "reports" / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)
    for name, colour in INK.items():
        assert f"--{name}: " in light
        assert f"--{name}: " in dark
        if name != "paper":
            assert f"--{name}: {colour};" in light
    assert len(set(INK.values())) == len(INK)


def test_a_chart_takes_the_colours_of_the_page() -> None:
    from experiments.reports.charts.lines import Line, line_chart
    from experiments.reports.charts.theme import COLORS, svg

    chart = svg(line_chart([Line("one", [1, 2], [0.5, 0.7], COLORS[1])], "x", "y", percent=True), 'says "so" & <more>')
    assert chart.startswith('<svg role="img" aria-label="says &quot;so&quot; &amp; &lt;more&gt;" viewBox=')
    assert "stroke: var(--c1, #b35900)" in chart
    assert "fill: var(--c1, #b35900)" in chart, "the line's name"
    assert ">one</text>" in chart
    assert not re.search(r"http|<style|font-family|#ffffff|#000000", chart)


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
