"""Omniglot's splits share no character, and the papers' lists are taken where they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_the_splits_of_omniglot_share_no_character(data_root: Path, tmp_path: Path) -> None:
    from experiments.data.omniglot import omniglot

    for protocol in ("homework", "paper"):
        split = omniglot(data_root, protocol, 28, 0)
        parts = [set(part.names) for part in (split.train, split.validation, split.test)]
        assert sum(map(len, parts)) == len(set().union(*parts)) == 36
        for part in (split.train, split.validation, split.test):
            assert part.labels.unique().tolist() == list(range(len(part.names)))
            assert len(part.images) == 8 * len(part.names)
    homework = omniglot(data_root, "homework", 28, 0)
    evaluation = {path.name for path in (data_root / "omniglot-py" / "images_evaluation").iterdir() if path.is_dir()}
    assert {name.partition("/")[0] for name in homework.test.names} == evaluation
    assert "random split" in omniglot(data_root, "paper", 28, 0).description


def test_the_lists_of_vinyals_are_taken_where_they_are(data_root: Path, tmp_path: Path) -> None:
    from experiments.data.omniglot import omniglot
    from stages.omniglot import read_omniglot

    shutil.copytree(data_root / "omniglot-py", tmp_path / "omniglot-py")
    lists = tmp_path / "omniglot-py" / "splits" / "vinyals"
    lists.mkdir(parents=True)
    names = sorted(omniglot(data_root, "paper", 28, 0).train.names)
    last = sorted(omniglot(data_root, "homework", 28, 0).test.names)[-1]  # of the second folder
    for part, chosen in (("train", names[:3]), ("val", names[3:4]), ("test", [last])):
        (lists / f"{part}.txt").write_text("\n".join(chosen) + "\n")
    split = omniglot(tmp_path, "paper", 28, 0)
    assert split.train.names == names[:3]
    assert split.validation.names == names[3:4]
    images, labels = read_omniglot(data_root / "omniglot-py" / "images_evaluation")
    assert torch.equal(split.test.images, images[labels == labels.max()])
    assert "Vinyals" in split.description
