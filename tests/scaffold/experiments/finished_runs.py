"""Folders of finished runs, made by hand with every phase that a run can have, for the tests of the reports."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch

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
