"""What is taken for what is counted."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_confusion_counts_what_was_taken_for_what() -> None:
    from experiments.analysis.artifacts import confusion

    matrix = confusion(torch.tensor([0, 0, 1, 2], dtype=torch.uint8), torch.tensor([0, 2, 1, 2], dtype=torch.uint8), 3)
    assert matrix.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]
