"""The stand-ins: official layouts, the same bytes for the same seed, neither trivial nor impossible to learn."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from autograder.__main__ import main as autograder
from autograder.errors import UserError
from data_stubs import SIZES, write_all, write_cifar10, write_omniglot
from data_stubs.__main__ import run
from data_stubs.folder import MARKER, new_dataset

OFFICIAL_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FEW_DRAWINGS = {"background_alphabets": 2, "evaluation_alphabets": 1, "characters_per_alphabet": 3}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root of size tiny."""
    root = tmp_path_factory.mktemp("tiny")
    write_all(root, size="tiny")
    return root


def digests(folder: Path) -> dict[str, str]:
    """Returns the hash of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read_batch(path: Path) -> dict[bytes, object]:
    """Reads a batch as the CIFAR-10 page says: `pickle.load(file, encoding="bytes")`."""
    with path.open("rb") as file:
        return pickle.load(file, encoding="bytes")


def drawings(split: Path) -> NDArray[np.float32]:
    """Returns all drawings of a split, blurred, (characters, drawings, pixels), ink positive, each of length 1."""
    characters = []
    for folder in sorted(split.glob("*/*")):
        images = [255 - np.asarray(Image.open(path).convert("L"), np.float32) for path in sorted(folder.glob("*.png"))]
        characters.append(F.avg_pool2d(torch.tensor(np.stack(images))[:, None], 5, 2).flatten(1).numpy())
    stacked = np.stack(characters)
    return stacked / np.linalg.norm(stacked, axis=2, keepdims=True)


# Omniglot


def test_omniglot_has_the_official_layout(tiny: Path) -> None:
    numbers = []
    for split, n_alphabets in (("images_background", 2), ("images_evaluation", 1)):
        alphabets = sorted((tiny / "omniglot-py" / split).iterdir())
        assert len(alphabets) == n_alphabets
        for alphabet in alphabets:
            characters = sorted(alphabet.iterdir())
            assert [path.name for path in characters] == [f"character{n:02d}" for n in range(1, 6)]
            for character in characters:
                names = sorted(path.name for path in character.iterdir())
                number = names[0][:4]
                assert names == [f"{number}_{writer:02d}.png" for writer in range(1, 21)]
                numbers.append(int(number))
    assert sorted(numbers) == list(range(1, 16)), "every character has a number of its own"


@pytest.mark.parametrize("size", [28, 105])
def test_drawings_are_one_bit_black_on_white(tmp_path: Path, size: int) -> None:
    folder = write_omniglot(tmp_path, **FEW_DRAWINGS, drawings=3, image_size=size)
    paths = sorted(folder.rglob("*.png"))
    assert len(paths) == 3 * 3 * 3
    for path in paths:
        with Image.open(path) as image:
            assert (image.mode, image.size, image.format) == ("1", (size, size), "PNG")
            ink = 1 - np.asarray(image).mean()
        assert 0.005 < ink < 0.3, f"{path} is {ink:.1%} ink"


def test_no_two_drawings_are_the_same(tiny: Path) -> None:
    hashes = list(digests(tiny / "omniglot-py" / "images_background").values())
    assert len(set(hashes)) == len(hashes)


def test_drawings_of_a_character_resemble_each_other_more_than_others(tiny: Path) -> None:
    images = drawings(tiny / "omniglot-py" / "images_background")
    n_characters, n_drawings, _ = images.shape
    similarity = np.einsum("adp,bep->adbe", images, images)
    same = np.mean([similarity[c, :, c][~np.eye(n_drawings, dtype=bool)].mean() for c in range(n_characters)])
    other = np.mean([similarity[a, :, b].mean() for a in range(n_characters) for b in range(n_characters) if a != b])
    assert same > other + 0.1, f"the mean cosine is {same:.2f} within characters and {other:.2f} between them"


def test_a_writer_is_recognisable_across_characters(tmp_path: Path) -> None:
    folder = write_omniglot(tmp_path, background_alphabets=1, evaluation_alphabets=1, characters_per_alphabet=12)
    ink = np.array(
        [
            [1 - np.asarray(Image.open(path)).mean() for path in sorted(character.glob("*.png"))]
            for character in sorted((folder / "images_background").glob("*/*"))
        ]
    )  # (characters, writers): a bold pen is bold throughout
    ink /= ink.mean(axis=1, keepdims=True)
    first, second = ink[::2].mean(axis=0), ink[1::2].mean(axis=0)
    assert np.corrcoef(first, second)[0, 1] > 0.5


def test_one_shot_accuracy_of_pixels_is_above_chance_and_far_from_perfect(tmp_path: Path) -> None:
    folder = write_omniglot(tmp_path, background_alphabets=4, evaluation_alphabets=1, image_size=28, drawings=8)
    images = drawings(folder / "images_background")
    rng = np.random.default_rng(0)
    correct = []
    for _ in range(400):
        classes = rng.choice(len(images), 5, replace=False)
        support, query = rng.choice(images.shape[1], 2, replace=False)
        similarity = images[classes, query] @ images[classes, support].T
        correct.append((similarity.argmax(axis=1) == np.arange(5)).mean())
    assert 0.35 < np.mean(correct) < 0.8, "5-way: chance is 20 %; a network should have something left to learn"


# CIFAR-10


def test_cifar_batches_are_those_of_the_official_python_version(tiny: Path) -> None:
    folder = tiny / "cifar-10-batches-py"
    titles = {f"data_batch_{n}": f"training batch {n} of 5".encode() for n in range(1, 6)}
    titles["test_batch"] = b"testing batch 1 of 1"
    names: list[bytes] = []
    for name, title in titles.items():
        batch = read_batch(folder / name)
        data, labels, filenames = batch[b"data"], batch[b"labels"], batch[b"filenames"]
        assert list(batch) == [b"batch_label", b"labels", b"data", b"filenames"]
        assert batch[b"batch_label"] == title
        assert isinstance(data, np.ndarray)
        n_images = 50 if name == "test_batch" else 20
        assert (data.shape, data.dtype, data.flags.c_contiguous) == ((n_images, 3072), np.dtype(np.uint8), True)
        assert isinstance(labels, list)
        assert {type(label) for label in labels} == {int}
        assert isinstance(filenames, list)
        assert [name.split(b"_s_")[0].decode() for name in filenames] == [OFFICIAL_CLASSES[label] for label in labels]
        names += [name.encode() + file for file in filenames]
    assert len(set(names)) == 150
    meta = read_batch(folder / "batches.meta")
    assert meta == {
        b"num_cases_per_batch": 20,
        b"label_names": [name.encode() for name in OFFICIAL_CLASSES],
        b"num_vis": 3072,
    }


def test_cifar_labels_are_balanced_and_shuffled(tiny: Path) -> None:
    folder = tiny / "cifar-10-batches-py"
    batches = [read_batch(folder / f"data_batch_{n}")[b"labels"] for n in range(1, 6)]
    assert np.bincount(np.concatenate(batches)).tolist() == [10] * 10
    assert np.bincount(read_batch(folder / "test_batch")[b"labels"]).tolist() == [5] * 10
    assert all(len(set(labels)) > 5 for labels in batches), "each batch has a bit of everything"


def test_test_images_are_not_training_images(tmp_path: Path) -> None:
    folder = write_cifar10(tmp_path, train_per_class=4, test_per_class=4)
    batches = [read_batch(path)[b"data"] for path in sorted(folder.glob("*_batch*"))]
    assert len(np.unique(np.concatenate(batches), axis=0)) == 80


def test_torchvision_reads_both_layouts(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10, Omniglot, cifar

    monkeypatch.setattr(cifar, "check_integrity", lambda *arguments: True)  # they are other bytes, of course
    monkeypatch.setattr(Omniglot, "_check_integrity", lambda self: True)
    photographs = CIFAR10(str(tiny), train=True)
    assert photographs.classes == OFFICIAL_CLASSES
    assert (photographs.data.shape, len(photographs.targets)) == ((100, 32, 32, 3), 100)
    characters = Omniglot(str(tiny), background=False)
    image, label = characters[0]
    assert (len(characters), image.size, label) == (100, (28, 28), 0)


def test_colour_does_not_tell_the_class(tmp_path: Path) -> None:
    write_cifar10(tmp_path, train_per_class=20, test_per_class=100)
    batch = read_batch(tmp_path / "cifar-10-batches-py" / "test_batch")
    images = np.asarray(batch[b"data"]).reshape(-1, 3, 1024) / 255
    labels = np.array(batch[b"labels"])
    means = np.stack([images[labels == label].mean(axis=(0, 2)) for label in range(10)])  # (classes, channels)
    assert np.ptp(means, axis=0).max() < 0.05
    corners = images.reshape(-1, 3, 32, 32)[:, :, :10, :10].mean(axis=(2, 3))
    assert (corners[:, 0] - corners[:, 1]).std() > 0.02, "the colour of a place differs from image to image"
    histograms = np.stack([[np.histogram(plane, 6, (0, 1))[0] for plane in image] for image in images]).reshape(-1, 18)
    assert ridge_accuracy(histograms / 1024, labels) < 0.35


def test_an_untrained_network_sees_something_but_not_all(tmp_path: Path) -> None:
    write_cifar10(tmp_path, train_per_class=20, test_per_class=100)
    batch = read_batch(tmp_path / "cifar-10-batches-py" / "test_batch")
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(*sizes, padding=1) for sizes in ((3, 32, 5, 2), (32, 64, 3, 2), (64, 128, 3, 2))]
    x = torch.tensor(np.asarray(batch[b"data"]).reshape(-1, 3, 32, 32)).float() / 255 - 0.5
    with torch.no_grad():
        for layer in layers:
            x = F.relu(layer(x))
            x = (x - x.mean(dim=(0, 2, 3), keepdim=True)) / x.std(dim=(0, 2, 3), keepdim=True)
    accuracy = ridge_accuracy(x.mean(dim=(2, 3)).numpy(), np.array(batch[b"labels"]))
    assert 0.15 < accuracy < 0.5, "chance is 10 %"


def ridge_accuracy(features: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Fits a linear classifier to the first four fifths and returns its accuracy on the rest."""
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    n_train = len(features) * 4 // 5
    x, y = features[:n_train], np.eye(10)[labels[:n_train]] - 0.1
    weights = np.linalg.solve(x.T @ x + 0.1 * n_train * np.eye(x.shape[1]), x.T @ y)
    return float(((features[n_train:] @ weights).argmax(axis=1) == labels[n_train:]).mean())


# Both


def test_the_same_seed_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    write_all(tmp_path, size="tiny")
    assert digests(tmp_path) == digests(tiny)
    assert len(digests(tmp_path)) == 3 * 5 * 20 + 1 + 7 + 1


def test_another_seed_gives_other_data(tiny: Path, tmp_path: Path) -> None:
    write_all(tmp_path, seed=1, size="tiny")
    one, other = set(digests(tiny).values()), set(digests(tmp_path).values())
    meta = hashlib.sha256((tmp_path / "cifar-10-batches-py" / "batches.meta").read_bytes()).hexdigest()
    assert one & other == {meta}


def test_made_data_is_left_alone(tiny: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny.rglob("*")}
    write_all(tiny, size="tiny")
    assert {path: path.stat().st_mtime_ns for path in tiny.rglob("*")} == before


def test_other_settings_are_refused_in_a_sentence(tiny: Path) -> None:
    before = digests(tiny)
    for write in (
        lambda: write_all(tiny, size="smoke"),
        lambda: write_omniglot(tiny, seed=1, **SIZES["tiny"]["omniglot"]),
        lambda: write_cifar10(tiny, seed=0, train_per_class=11, test_per_class=5),
    ):
        with pytest.raises(UserError, match="made with other settings"):
            write()
    assert digests(tiny) == before


@pytest.mark.parametrize("name", ["omniglot-py", "cifar-10-batches-py"])
def test_real_data_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "precious").write_text("real")
    with pytest.raises(UserError, match="was not made by data_stubs"):
        write_all(tmp_path, size="tiny")
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [name, f"{name}/precious"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(UserError, match="is a file"):
        write_all(tmp_path / "file", size="tiny")
    with pytest.raises(UserError, match="Cannot write into"):
        write_all(tmp_path / "file" / "below", size="tiny")


def test_an_interrupted_writing_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_dataset(tmp_path, "data", {"seed": 0}) as folder:
            assert folder is not None
            (folder / "half").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_two_writers_at_once_agree(tmp_path: Path) -> None:
    with new_dataset(tmp_path, "data", {"seed": 0}) as slow:
        with new_dataset(tmp_path, "data", {"seed": 0}) as fast:
            assert fast is not None
            assert slow is not None
            assert fast != slow
            (fast / "content").write_text("content")
        (slow / "content").write_text("content")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == sorted(["content", MARKER])


@pytest.mark.parametrize(
    ("write", "sizes"),
    [
        (write_omniglot, {"drawings": 0}),
        (write_omniglot, {"image_size": 4}),
        (write_omniglot, {"background_alphabets": 60}),
        (write_cifar10, {"test_per_class": 0}),
        (write_all, {"size": "huge"}),
    ],
)
def test_impossible_sizes_are_errors(tmp_path: Path, write, sizes) -> None:
    with pytest.raises(ValueError, match=str(next(iter(sizes.values())))):
        write(tmp_path, **sizes)
    assert list(tmp_path.iterdir()) == []


def test_the_import_is_light() -> None:
    code = "import sys, data_stubs; sys.exit(bool({'torch', 'matplotlib', 'torchvision'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# The command


def test_the_command_writes_both_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path / "data"), "--size", "tiny", "--seed", "3"]) == 0
    assert str(tmp_path / "data") in capsys.readouterr().out
    assert (tmp_path / "data" / "omniglot-py" / "images_background").is_dir()
    assert run([str(tmp_path / "data"), "--size", "tiny", "--seed", "3"]) == 0, "a second time it has nothing to do"


def test_the_command_explains_mistakes_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("text")
    assert run([str(tmp_path / "file"), "--size", "tiny"]) == 2
    error = capsys.readouterr().err
    assert "is a file" in error
    assert error.count("\n") == 1
    with pytest.raises(SystemExit, match="2"):
        run([str(tmp_path), "--seed", "-1"])
    assert "whole number" in capsys.readouterr().err


def test_autograder_data_is_the_same_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert autograder(["data", str(tmp_path), "--size", "tiny"]) == 0
    assert (tmp_path / "cifar-10-batches-py" / "test_batch").is_file()
    assert autograder(["data", str(tmp_path), "--size", "smoke"]) == 2
    assert capsys.readouterr().err.startswith("autograder data: ")
