"""The experiments, on tiny stand-ins: they resume bit for bit, measure what they say, and end with a sentence.

They run with the reference stages, in this process where possible: importing torch anew takes longer than a tiny run.
"""

from __future__ import annotations

import html
import itertools
import json
import os
import pickle
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from urllib.error import URLError

import pytest
import small_runs
import torch

ROOT = Path(__file__).resolve().parents[2]
PROTONET = [
    *(*small_runs.PROTONET, "--train-shots", "1", "2", "--n-episodes", "12", "7", "--validate-every", "5"),
    *("--validation-episodes", "5", "--test-ways", "3", "5", "--test-shots", "1", "2", "--test-episodes", "20"),
]
SIMCLR = [
    *(*small_runs.SIMCLR, "--probe-epochs", "3", "--probe-batch-size", "16"),
    *("--probe-learning-rates", "0.01", "0.001", "--probe-weight-decays", "0.1", "--label-shares", "0.2"),
    *("--baseline-min-epochs", "2", "--baseline-max-epochs", "2", "--baseline-batch-size", "16"),
    *("--baseline-learning-rates", "0.01", "0.1", "--sweep-labels", "30", "--knn-bank", "30", "--knn-queries", "20"),
    *("--protocols", "homework"),
]

pytestmark = pytest.mark.usefixtures("reference")


def run(experiment: str, data_root: Path, output: Path, *more: str) -> int:
    """Runs an experiment in this process and returns its exit status."""
    from experiments.__main__ import main

    options = PROTONET if experiment == "protonet" else SIMCLR
    return main([experiment, "--data-root", str(data_root), "--output", str(output), *options, *more])


@pytest.fixture(scope="module")
def protonet_run(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an undisturbed ProtoNet run, which logged to TensorBoard too."""
    output = tmp_path_factory.mktemp("protonet")
    assert run("protonet", data_root, output, "--logger", "tensorboard") == 0
    return output / "protonet"


@pytest.fixture(scope="module")
def simclr_run(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an undisturbed SimCLR run."""
    output = tmp_path_factory.mktemp("simclr")
    assert run("simclr", data_root, output) == 0
    return output / "simclr"


class PowerCut(BaseException):
    """Nothing catches it."""


def disturb(monkeypatch: pytest.MonkeyPatch, phase: str, after: int, how: str) -> None:
    """Makes the next run end after so many lines of a phase: by a stop request, or by a crash."""
    from experiments.training.run import Run

    log, seen = Run.log, [0]

    def counting(self: Run, name: str, step: int, values: dict[str, float]) -> None:
        log(self, name, step, values)
        seen[0] += name == phase
        if seen[0] == after and name == phase:
            if how == "crash":
                raise PowerCut
            self.stop.asked = True

    monkeypatch.setattr(Run, "log", counting)


def same_run(one: Path, other: Path) -> None:
    """Asserts that two runs logged the same bytes, and ended with the same weights and figures."""
    from experiments.training import checkpoint

    assert (one / "metrics.jsonl").read_bytes() == (other / "metrics.jsonl").read_bytes()
    files = sorted(path.name for path in (one / "checkpoints").iterdir())
    assert files == sorted(path.name for path in (other / "checkpoints").iterdir())
    for name in files:
        left, right = (checkpoint.load(folder / "checkpoints" / name).get("model", {}) for folder in (one, other))
        assert bool(left) == (not name.startswith(("sweep-", "labels")))
        assert left.keys() == right.keys()
        assert all(torch.equal(left[key], right[key]) for key in left), name
    results = [json.loads((folder / "report.json").read_text())["results"] for folder in (one, other)]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("phase", "how", "after"),
    [
        ("train-1-shot", "stop", 7),
        ("train-1-shot", "stop", 5),
        ("train-2-shot", "stop", 3),
        ("train-2-shot", "crash", 6),
    ],
)
def test_a_resumed_protonet_run_equals_an_undisturbed_one(
    phase: str,
    how: str,
    after: int,
    protonet_run: Path,
    data_root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        disturb(patch, phase, after, how)
        if how == "crash":
            with pytest.raises(PowerCut):
                run("protonet", data_root, tmp_path)
        else:
            assert run("protonet", data_root, tmp_path) == 130
    assert not (tmp_path / "protonet" / "report.html").exists()
    torch.manual_seed(99)  # whatever the process did in between
    assert run("protonet", data_root, tmp_path) == 0
    same_run(protonet_run, tmp_path / "protonet")


def test_a_simclr_run_resumed_in_every_phase_equals_an_undisturbed_one(
    simclr_run: Path, data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interruptions = [("pretrain", 4), ("pretrain", 2), ("sweep-probe-20%", 1), ("sweep-baseline-20%", 1)]
    interruptions += [("probe-homework", 1), ("untrained-homework", 2), ("baseline-homework", 1)]
    for phase, after in interruptions:  # the second one ends an epoch, and its nearest neighbours are measured
        with monkeypatch.context() as patch:
            disturb(patch, phase, after, "stop")
            assert run("simclr", data_root, tmp_path) == 130
        torch.manual_seed(99)
    assert run("simclr", data_root, tmp_path) == 0
    same_run(simclr_run, tmp_path / "simclr")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT that one process can send to another")
def test_ctrl_c_leaves_a_checkpoint_and_a_sentence(data_root: Path, tmp_path: Path) -> None:
    from experiments.training import checkpoint

    command = [sys.executable, "-m", "experiments", "protonet", *PROTONET, "--n-episodes", "1000000"]
    command += ["--validate-every", "1000000", "--data-root", str(data_root), "--output", str(tmp_path)]
    with subprocess.Popen(command, env=small_runs.environment(), stderr=subprocess.PIPE, text=True) as process:
        metrics = tmp_path / "protonet" / "metrics.jsonl"
        give_up = time.monotonic() + 120
        while not (metrics.exists() and metrics.read_text().count("\n") > 3) and time.monotonic() < give_up:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            errors = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == 130, errors
    assert "goes on from" in errors
    assert "Traceback" not in errors
    state = checkpoint.load(tmp_path / "protonet" / "checkpoints" / "train-1-shot.pt")
    assert state["step"] == metrics.read_text().count("\n") > 3
    assert not state["done"]


def test_signals_within_a_second_are_one_wish_to_stop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.training import progress

    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.StopRequest() as stop:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):  # make and torchrun pass on what came already
            assert signal.getsignal(number) not in (signal.SIG_DFL, signal.default_int_handler), number
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                pytest.fail("the second signal interrupted at once")
            now[0] += 0.4
        assert stop.asked
        now[0] += 0.4
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err.count("stopping after this step") == 1
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_broken_write_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.training import checkpoint

    path = tmp_path / "a.pt"
    checkpoint.save(path, {"step": 1})

    def half(state: object, file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError("the disk is full")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="full"):
        checkpoint.save(path, {"step": 2})
    monkeypatch.undo()
    assert checkpoint.load(path) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.pt"]


def test_every_random_generator_is_in_a_checkpoint(tmp_path: Path) -> None:
    import random

    import numpy as np
    from experiments.training import checkpoint

    def draw() -> tuple[float, float, float]:
        return random.random(), np.random.rand(), torch.rand(()).item()

    checkpoint.seed_everything(3)
    draw()
    checkpoint.save(tmp_path / "rng.pt", {"rng": checkpoint.rng_state()})
    expected = draw()
    draw()
    checkpoint.set_rng_state(checkpoint.load(tmp_path / "rng.pt")["rng"])
    assert draw() == expected


def test_embedding_once_gives_the_accuracies_of_embedding_every_episode() -> None:
    from experiments.evaluation.few_shot import draw_episodes, evaluate
    from stages.episodes import Episode, sample_episode
    from stages.protonet import ConvEncoder, ProtoNet

    torch.manual_seed(0)
    labels = torch.arange(9).repeat_interleave(7)
    images = torch.rand(9, 1, 1, 20, 20).repeat_interleave(7, 0).flatten(0, 1) + 0.8 * torch.rand(63, 1, 20, 20)
    model = ProtoNet(ConvEncoder(1, 6, 5))
    for parameter in model.parameters():  # scales and shifts of batch normalisation that are not the initial ones
        parameter.data += 0.3 * torch.randn(parameter.shape)
    model.train()(sample_episode(images, labels, 4, 2, 2, torch.Generator()))  # statistics neither
    settings = evaluate(model.encoder, images, labels, (3, 5), (1, 2), 4, 10, 11, torch.device("cpu"))
    assert [(setting.n_way, setting.n_support) for setting in settings] == [(3, 1), (3, 2), (5, 1), (5, 2)]
    assert model.encoder.training, "the mode is restored"
    model.eval()
    for setting in settings:
        draws = draw_episodes(labels, setting.n_way, setting.n_support + 4, 10, torch.Generator().manual_seed(11))
        with torch.no_grad():
            slow = [
                model(Episode(*images[draw].split([setting.n_support, 4], dim=1))).accuracy.item() for draw in draws
            ]
        assert setting.accuracies == pytest.approx(slow, abs=1e-6)
        assert 0 < sum(slow) / 10 < 1


def test_episodes_drawn_at_once_are_like_those_of_sample_episode() -> None:
    from experiments.evaluation.few_shot import draw_episodes
    from stages.episodes import sample_episode

    labels = torch.tensor([7, 3, 3, 9, 7, 3, 9, 5, 9, 3, 5, 7, 5])  # classes of 3 and one of 4, in no order
    numbers = torch.arange(13).view(-1, 1, 1, 1)
    drawn = draw_episodes(labels, 2, 3, 4000, torch.Generator().manual_seed(0))  # (4000, 2, 3)
    generator = torch.Generator().manual_seed(1)
    episodes = [sample_episode(numbers, labels, 2, 1, 2, generator) for _ in range(4000)]
    sampled = torch.stack([torch.cat(episode, dim=1).flatten(1) for episode in episodes])
    counts = []
    for several in (drawn, sampled):
        classes = labels[several]
        assert (classes == classes[..., :1]).all(), "a row holds images of one class"
        assert (classes[:, 0, 0] != classes[:, 1, 0]).all(), "the classes are distinct"
        assert (several.sort(dim=2).values.diff(dim=2) > 0).all(), "so are the images"
        counts.append(torch.stack([several[..., place].flatten().bincount(minlength=13) for place in range(3)]))
    assert (counts[0] - counts[1]).abs().max() < 170  # 500 or 667 are expected: five standard deviations
    with pytest.raises(ValueError, match="4 of 3"):
        draw_episodes(labels, 2, 4, 1, generator)


def test_a_distorted_drawing_is_the_drawing_moved_a_little() -> None:
    from experiments.data.distortion import Distortion

    torch.manual_seed(0)
    images = torch.zeros(300, 1, 28, 28)
    images[:, :, 12:16, 12:16] = 1
    distortion = Distortion(0.75, turn=10, scale=0.2, shear=0.1, shift=2)
    assert distortion.eval()(images) is images
    moved = distortion.train()(images)
    changed = (moved != images).flatten(1).any(dim=1)
    assert 0.65 < changed.float().mean() < 0.85
    assert len(moved[changed].unique(dim=0)) == changed.sum(), "each has a draw of its own"
    place = torch.arange(28.0)
    ink = moved[:, 0].sum(dim=(1, 2))
    assert ink.min() > 16 * 0.8**2 - 1
    assert ink.max() < 16 * 1.2**2 + 1
    assert ink[changed].std() > 0.5, "they are scaled"
    for dim in (1, 2):
        centre = (moved[:, 0].sum(dim=3 - dim) * place).sum(dim=1) / ink
        assert (centre - 13.5).abs().max() < 2.8  # the shift is turned and scaled with the drawing
        assert (centre - 13.5).abs().max() > 1.5
    still = Distortion(1.0, turn=90, scale=0, shear=0, shift=0)
    image = torch.rand(1, 1, 28, 28)
    still.maps = lambda images: torch.tensor([[[0.0, -1, 0], [1, 0, 0]]])  # type: ignore[method-assign]
    assert torch.allclose(still(image), torch.rot90(image, 1, (2, 3)), atol=1e-5)


def test_the_learning_rate_of_episodes_is_a_cosine_or_the_papers() -> None:
    import dataclasses

    from experiments.protonet import ProtoNetConfig, decay

    config = ProtoNetConfig(warmup_episodes=4)
    rates = [decay(config, step, 20) for step in range(20)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[4:]))
    assert 0 < rates[-1] < 0.02
    halving = dataclasses.replace(config, schedule="halving", halve_every=5)
    assert [decay(halving, step, 20) for step in (0, 4, 5, 10)] == [1, 1, 0.5, 0.25]


def test_networks_and_numbers_of_episodes_belong_together(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("protonet", data_root, tmp_path, "--n-episodes", "3", "4", "5") == 2
    assert "2 networks" in capsys.readouterr().err
    assert run("protonet", data_root, tmp_path / "twice", "--train-shots", "1", "1") == 2
    assert "no shots twice" in capsys.readouterr().err


MEMORY = """
import sys
from experiments.acceleration import malloc
took = malloc.keep() if sys.argv[1] == "keep" else True
import resource, torch
for _ in range(20):
    torch.empty(30_000_000, dtype=torch.uint8).fill_(1)
    if _ == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only the C library of Linux gives memory back at once"
)
def test_freed_memory_is_kept(data_root: Path) -> None:
    done = small_runs.python("-c", MEMORY, "keep")
    took, faults = done.stdout.split()
    assert took == "False" or int(faults) < 100, done.stderr  # 18 blocks of 7,324 pages


def test_training_the_probe_on_features_equals_training_it_on_images() -> None:
    from experiments.evaluation.classifiers import Batches, features
    from stages.linear_eval import Classifier, freeze, train_classifier
    from torch import nn

    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    encoder(torch.rand(20, 3, 8, 8))  # moves the statistics of batch normalisation
    images = torch.randint(256, (50, 3, 8, 8), dtype=torch.uint8)
    labels = torch.randint(4, (50,))
    cpu = torch.device("cpu")
    histories = []
    for network, inputs in ((encoder, images), (nn.Identity(), features(encoder, images, cpu))):
        torch.manual_seed(1)
        probe = Classifier(freeze(network), 6, 4)
        train = Batches(inputs[:40], labels[:40], 16, cpu, seed=5)
        validation = Batches(inputs[40:], labels[40:], 16, cpu)
        optimizer = torch.optim.Adam([p for p in probe.parameters() if p.requires_grad], lr=0.1)
        histories.append(train_classifier(probe, train, validation, optimizer, 4, lambda step, values: None))
    for slow, fast in zip(*histories, strict=True):
        assert fast == pytest.approx(slow, abs=1e-5)


def test_crops_are_parts_of_the_image_with_a_border_of_zeros() -> None:
    from experiments.evaluation.classifiers import crop_and_flip

    torch.manual_seed(0)
    images = torch.rand(40, 3, 6, 6) + 1
    padded = torch.nn.functional.pad(images, [2] * 4)
    mirrored = 0
    for image, whole in zip(crop_and_flip(images, 2), padded, strict=True):
        windows = whole.unfold(1, 6, 1).unfold(2, 6, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)  # (25, 3, 6, 6)
        straight, turned = ((windows == view).flatten(1).all(1).any() for view in (image, image.flip(2)))
        assert straight or turned
        mirrored += bool(turned)
    assert 8 <= mirrored <= 32


def test_every_line_of_the_metrics_is_a_phase_a_step_and_numbers(protonet_run: Path, simclr_run: Path) -> None:
    simclr_phases = {"pretrain": 12, "knn": 3, "sweep-baseline-20%": 4, "labels": 1}  # homework has more than 30 labels
    for labels in ("20%", "homework"):
        simclr_phases |= {f"probe-{labels}": 3, f"untrained-{labels}": 3, f"baseline-{labels}": 2}
        simclr_phases |= dict.fromkeys((f"sweep-probe-{labels}", f"sweep-untrained-{labels}"), 6)  # 2 rates, 3 sizes
    for folder, expected in (
        (protonet_run, {"train-1-shot": 12, "validation-1-shot": 3, "train-2-shot": 7, "validation-2-shot": 2}),
        (simclr_run, simclr_phases),
    ):
        counts: dict[str, int] = {}
        for text in (folder / "metrics.jsonl").read_text().splitlines():
            line = json.loads(text)
            phase, step = line.pop("phase"), line.pop("step")
            if not phase.startswith(("validation", "labels")):
                assert step == counts.get(phase, 0)
            counts[phase] = counts.get(phase, 0) + 1
            assert line
            assert all(isinstance(value, float) for value in line.values())
        assert counts == expected


def test_tensorboard_gets_the_metrics(protonet_run: Path) -> None:
    files = list((protonet_run / "tensorboard").glob("events.out.tfevents.*"))
    assert len(files) == 1
    assert b"train-1-shot/loss" in files[0].read_bytes()


def test_wandb_that_is_not_installed_is_a_sentence(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert run("protonet", data_root, tmp_path, "--logger", "wandb") == 2
    assert "pip install wandb" in capsys.readouterr().err


def test_wandb_gets_the_metrics_and_is_closed(data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, float]] = []
    fake = ModuleType("wandb")
    started: dict[str, object] = {}

    class FakeRun:
        closed = False

        def log(self, values: dict[str, float]) -> None:
            seen.append(values)

        def finish(self) -> None:
            FakeRun.closed = True

    def init(**options: object) -> FakeRun:
        started.update(options)
        return FakeRun()

    fake.init = init  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", fake)
    assert run("protonet", data_root, tmp_path, "--logger", "wandb") == 0
    assert FakeRun.closed
    assert started["dir"] == str(tmp_path / "protonet")
    assert [line["train-1-shot/step"] for line in seen if "train-1-shot/step" in line] == list(range(12))


def test_reports_hold_all_they_show(protonet_run: Path, simclr_run: Path) -> None:
    for folder in (protonet_run, simclr_run):
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert all(source.startswith("data:image/") for source in re.findall(r'src="([^"]*)"', page))
        assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', page))
        assert len(re.findall(r'<svg role="img" aria-label="[^"]{20,}"', page)) == page.count("<svg") >= 3
        assert page.count("<img ") == len(re.findall(r'<img [^>]*alt="[^"]{8,}"', page)) > 0
        assert "$" not in re.sub(r'"data:[^"]*"', "", page), "a placeholder was left"
        index = (folder.parent / "index.html").read_text(encoding="utf-8")
        assert f'href="{folder.name}/report.html"' in index
        assert all(f"<code>{name}</code>" in page for name in json.loads((folder / "config.json").read_text()))
        made = json.loads((folder / "environment.json").read_text())
        assert html.escape(made["command"]) in re.sub("</?span>", "", page)
        assert made["torch"] in page


def test_the_protonet_report_has_the_papers_figures_and_intervals(protonet_run: Path) -> None:
    from experiments.reports.protonet.report import PAPER

    assert PAPER == {(5, 1): "98.8 %", (5, 5): "99.7 %", (20, 1): "96.0 %", (20, 5): "98.9 %"}
    results = json.loads((protonet_run / "report.json").read_text())["results"]
    assert [row["name"] for row in results] == ["3-way 1-shot", "3-way 2-shot", "5-way 1-shot", "5-way 2-shot"]
    assert all(0 < row["accuracy"] < 1 and row["half_width"] > 0 and row["episodes"] == 20 for row in results)


def test_a_remark_on_the_data_is_shown_and_escaped(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_NOTE", "a <b>copy</b>")
    assert run("protonet", data_root, tmp_path) == 0
    page = (tmp_path / "protonet" / "report.html").read_text(encoding="utf-8")
    assert "a &lt;b&gt;copy&lt;/b&gt;" in page
    assert "<b>" not in page


def test_the_command_of_a_report_can_be_pasted_into_a_shell(reference: None) -> None:
    from experiments.training.environment import reproduce

    given = ["--preset", "cpu", "--data-note", "a copy; 'small' & $cheap"]
    *_, experiment, preset, cpu, option, note = shlex.split(reproduce("simclr", given))
    assert [experiment, preset, cpu, option, note] == ["simclr", *given]
    assert reproduce("simclr", given[:2]).endswith("-m experiments simclr --preset cpu")


def test_too_few_characters_for_an_episode_are_a_sentence(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("protonet", data_root, tmp_path, "--test-ways", "5", "77") == 2
    assert "needs 77 classes" in capsys.readouterr().err
    assert run("protonet", data_root, tmp_path / "other", "--n-query", "8") == 2
    assert "of 10 drawings" in capsys.readouterr().err


def test_missing_data_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("protonet", tmp_path / "nowhere", tmp_path) == 2
    error = capsys.readouterr().err
    assert "DATA_ROOT" in error
    assert "make data" in error
    assert error.count("\n") == 1


def test_a_download_without_a_network_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torchvision.datasets
    from experiments.__main__ import main

    def unreachable(*arguments: object, **options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torchvision.datasets, "Omniglot", unreachable)
    assert main(["data", "--data-root", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "DATA_ROOT" in error
    assert error.count("\n") == 1


def test_another_configuration_does_not_continue_a_run(
    protonet_run: Path, data_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (protonet_run / "config.json").read_text()
    assert run("protonet", data_root, protonet_run.parent, "--learning-rate", "0.5") == 2
    assert "learning_rate" in capsys.readouterr().err
    assert (protonet_run / "config.json").read_text() == before


def test_a_setting_that_is_gone_does_not_stop_a_run(protonet_run: Path, data_root: Path, tmp_path: Path) -> None:
    shutil.copytree(protonet_run, tmp_path / "protonet")
    path = tmp_path / "protonet" / "config.json"
    before = path.read_text()
    path.write_text(json.dumps(json.loads(before) | {"small_views": 16}))
    assert run("protonet", data_root, tmp_path) == 0
    assert path.read_text() == before
    same_run(protonet_run, tmp_path / "protonet")


def test_other_stages_do_not_continue_a_run(
    protonet_run: Path, data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(protonet_run, tmp_path / "protonet")
    path = tmp_path / "protonet" / "stages.json"
    before = json.loads(path.read_text())
    assert list(before) == ["omniglot.py", "episodes.py", "protonet.py"]
    path.write_text(json.dumps(before | {"episodes.py": "of yesterday"}))
    assert run("protonet", data_root, tmp_path) == 2
    assert "code in stages (episodes.py)" in capsys.readouterr().err
    assert run("protonet", data_root, tmp_path, "--fresh") == 0
    same_run(protonet_run, tmp_path / "protonet")


def test_a_stage_that_is_not_written_is_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "solutions" / "stages", tmp_path / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "stages" / "linear_eval.py"
    source = path.read_text(encoding="utf-8")
    body = r"(def freeze.*?)    ### BEGIN SOLUTION.*?### END SOLUTION\n"
    stub = r'\1    raise NotImplementedError("TODO linear_probe: freeze the encoder")' + "\n"
    path.write_text(re.sub(body, stub, source, count=1, flags=re.DOTALL), encoding="utf-8")
    command = ["-m", "experiments", "simclr", "--preset", "smoke", "--output", str(tmp_path / "runs")]
    done = small_runs.python(*command, stages=tmp_path)
    assert done.returncode == 2, done.stderr
    sentence = "stages/linear_eval.py is not written yet: TODO linear_probe: freeze the encoder. Run make check."
    assert done.stderr == f"experiments: {sentence}\n"
    assert not (tmp_path / "runs").exists()


def test_an_error_in_a_stage_names_its_line(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import stages.protonet

    monkeypatch.setattr(stages.protonet, "compute_prototypes", lambda support: support.mean(dim=7))
    assert run("protonet", data_root, tmp_path) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.match(r"experiments: stages/protonet\.py, line \d+, in forward: IndexError: .*Run make check\.", last)
    assert run("protonet", data_root, tmp_path, "--learning-rate", "0.5") == 1, "no step was made that could be lost"


def test_a_report_does_without_the_stages_that_only_draw_it(
    data_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import stages.report

    def stub(*arguments: object) -> None:
        raise NotImplementedError("TODO comparison: …")

    monkeypatch.setattr(stages.report, "confidence_interval", stub)
    monkeypatch.setattr(stages.report, "plot_predictions", stub)
    assert run("protonet", data_root, tmp_path) == 0
    assert "<code>prediction_figure</code> is written" in (tmp_path / "protonet" / "report.html").read_text(
        encoding="utf-8"
    )


def test_cifar_batches_are_read_as_they_were_written(data_root: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TEST, CIFAR_TRAIN, cifar10

    train, test = cifar10(data_root, CIFAR_TRAIN), cifar10(data_root, CIFAR_TEST)
    assert train.images.shape == (100, 3, 32, 32)
    assert train.images.dtype == torch.uint8
    assert test.labels.shape == (60,)
    assert torch.equal(test.labels.bincount(), torch.full((10,), 6))


def test_a_data_file_cannot_run_code(tmp_path: Path) -> None:
    from experiments.data.cifar10 import CIFAR_TEST, cifar10
    from experiments.training.errors import Mistake

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / CIFAR_TEST[0]).write_bytes(pickle.dumps({"data": Evil(), "labels": []}))
    with pytest.raises(Mistake, match="mkdir"):
        cifar10(tmp_path, CIFAR_TEST)
    assert not (tmp_path / "owned").exists()


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


def test_every_option_is_documented_and_every_preset_can_be_given() -> None:
    import dataclasses

    from experiments import protonet, simclr
    from experiments.training.config import documentation, parse
    from experiments.training.run import Options

    assert documentation(Options)["output"].startswith("where to write;")
    assert documentation(Options)["output"].endswith("Empty for `runs/<preset>`.")
    assert documentation(Options)["data_root"].endswith("unless this is given.")
    for module, config_class in ((protonet, protonet.ProtoNetConfig), (simclr, simclr.SimCLRConfig)):
        for owner in (config_class, Options):
            assert set(documentation(owner)) == {field.name for field in dataclasses.fields(owner)}
        for name, preset in module.PRESETS.items():
            config, options, _ = parse(["--preset", name, "--seed", "4"], "x", module.PRESETS, Options)
            assert config == dataclasses.replace(preset, seed=4)
            assert options.preset == name


def test_each_epoch_has_an_order_of_its_own_with_every_sample_in_it() -> None:
    from experiments.evaluation.classifiers import Batches

    batches = Batches(torch.arange(10.0)[:, None], torch.arange(10), 4, torch.device("cpu"), seed=2)
    orders = []
    for epoch in (0, 1, 0):
        batches.epoch = epoch
        seen = list(batches)
        assert [len(labels) for _, labels in seen] == [4, 4, 2]
        assert len(batches) == 3
        assert all(torch.equal(inputs[:, 0].long(), labels) for inputs, labels in seen)
        orders.append(torch.cat([labels for _, labels in seen]).tolist())
    assert sorted(orders[0]) == list(range(10))
    assert orders[0] != orders[1]
    assert orders[0] == orders[2]


def test_images_reach_the_network_as_fractions() -> None:
    from experiments.evaluation.classifiers import Batches, to_float

    white = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert next(iter(Batches(white, torch.zeros(1).long(), 1, torch.device("cpu"))))[0].unique().tolist() == [1.0]
    assert to_float(torch.tensor([-2.5])).tolist() == [-2.5]


def test_the_learning_rate_warms_up_and_falls_to_zero() -> None:
    from experiments.evaluation.classifiers import cosine

    factors = [cosine(step, 20, 4) for step in range(20)]
    assert factors[:4] == [0.25, 0.5, 0.75, 1.0]
    assert factors[4] == 1.0
    assert all(later < earlier for earlier, later in itertools.pairwise(factors[4:]))
    assert 0 < factors[-1] < 0.02


def test_mixed_precision_gives_float32_and_evaluates_in_float32() -> None:
    from experiments.training.precision import MixedPrecision, resolve
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten())
    images = torch.rand(4, 3, 5, 5)
    exact = network(images)
    wrapped = MixedPrecision(network, "bfloat16")
    rough = wrapped(images)
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    assert torch.allclose(rough, exact, atol=0.02)
    assert torch.allclose(wrapped.eval()(images), exact, atol=1e-6)
    assert torch.equal(MixedPrecision(network, "float32")(images), network(images))
    assert resolve("bfloat16", torch.device("cpu")) == "bfloat16"
    assert resolve("auto", torch.device("cpu")) in ("float32", "bfloat16")


def test_emulated_bfloat16_is_not_what_auto_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """A T4 can do bfloat16 in software only: slower than float32, and PyTorch says yes if it is asked plainly."""
    from experiments.training.precision import resolve

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert resolve("auto", torch.device("cuda")) == "float32"


def test_progress_off_a_terminal_is_a_line_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.training import progress

    assert [progress.duration(seconds) for seconds in (8.4, 125, 12_000)] == ["8 s", "2 min 5 s", "3 h 20 min"]
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.Progress("train", 7, done=1) as shown:
        shown.advance("loss 1")
        shown.advance("loss 1")
        now[0] += 20
        shown.say("loss 0.5")
    assert capsys.readouterr().out == "train 3/7  loss 0.5  20 s, 40 s left\n"
