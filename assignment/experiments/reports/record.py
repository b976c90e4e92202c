"""A run's folder, as the reports read it, and what a run writes there for them.

A report is drawn from the folder alone (`Record`), so it can be drawn again: `python -m experiments report runs/cpu`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from experiments.training import artifacts
from experiments.training.run import Run


class Record:
    """What a run left in its folder.

    Attributes:
        directory: the folder.
        report: report.json.
        config: config.json.
        environment: environment.json.
        artifacts: what `training/artifacts.py` kept; empty if there is none.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        self.report, self.config, self.environment = (
            json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))
            for name in ("report", "config", "environment")
        )
        self.artifacts = artifacts.load(directory)
        self._phases: dict[str, list[dict[str, Any]]] = {}
        path = directory / "metrics.jsonl"
        for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            line = json.loads(text)
            self._phases.setdefault(line["phase"], []).append(line)

    def metrics(self, phase: str) -> list[dict[str, Any]]:
        """Returns the lines of a phase; an empty list if there was no such phase."""
        return self._phases.get(phase, [])

    def phases(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """Returns the phases `kind-<name>` that were logged, by their names."""
        start = f"{kind}-"
        return {name.removeprefix(start): lines for name, lines in self._phases.items() if name.startswith(start)}

    @property
    def preset(self) -> str:
        """The preset's name."""
        name: str = self.report.get("preset", "cpu")
        return name


def save_json(directory: Path, content: dict[str, Any]) -> None:
    """Writes report.json."""
    (directory / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def costs(run: Run) -> dict[str, dict[str, float]]:
    """Returns how long the phases of a run took, and the most memory in them where it was measured, in bytes.

    Args:
        run: the run; its phases are those that were logged and have a checkpoint.
    """
    lines = run.metrics_path.read_text(encoding="utf-8").splitlines()
    logged = dict.fromkeys(json.loads(line)["phase"] for line in lines)
    kept = [name for name in logged if (run.directory / "checkpoints" / f"{name}.pt").exists()]
    phases = {name: run.phase(name) for name in kept}
    found: dict[str, dict[str, float]] = {"seconds": {name: phase.seconds for name, phase in phases.items()}}
    for kind in ("peak_memory", "peak_device_memory"):
        memory = {name: getattr(phase, kind, None) for name, phase in phases.items()}
        found[kind] = {name: value for name, value in memory.items() if value}
    return {kind: values for kind, values in found.items() if values}


def companions(record: Record) -> dict[str, dict[str, Any]]:
    """Returns report.json of other runs of an experiment by name: `<folder>/protonet` beside it, or a folder in it."""
    own, experiment = record.directory.resolve(), record.report["experiment"]
    found = {}
    for path in sorted((*own.parent.glob(f"*/{experiment}/report.json"), *own.glob("*/report.json"))):
        other = json.loads(path.read_text(encoding="utf-8"))
        if other["experiment"] == experiment:
            found[path.parents[path.parent.name == experiment].name] = other
    return found
