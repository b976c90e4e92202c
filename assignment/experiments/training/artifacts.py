"""What a report shows besides figures of the metrics: images, maps, predictions. They are kept with the run.

They are in the run's folder as `exhibits.pt`, tensors and plain values only, so that a page can be redrawn from the
folder alone, without the data and without the network. `experiments/analysis` says what they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

NAME = "exhibits.pt"
Artifacts = dict[str, dict[str, Any]]


def save(directory: Path, artifacts: Artifacts) -> None:
    """Writes the artifacts into a run's folder."""
    own = {
        group: {name: part.detach().cpu().clone() if isinstance(part, Tensor) else part for name, part in parts.items()}
        for group, parts in artifacts.items()
    }  # cloned: for a view, torch would write everything that it is a view of
    torch.save(own, directory / NAME)


def load(directory: Path) -> Artifacts:
    """Returns the artifacts of a run; none if it has none that can be read."""
    try:
        artifacts: Artifacts = torch.load(directory / NAME, map_location="cpu", weights_only=True)
    except Exception:  # of many kinds, as the file may be anything; a report does without it
        return {}
    return artifacts
