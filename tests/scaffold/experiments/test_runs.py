"""Whole runs on tiny stand-ins: they resume bit for bit, measure what they say, and end with a sentence.

They run with the reference stages, in this process where possible: importing torch anew takes longer than a tiny run.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import small_runs
import torch

pytestmark = pytest.mark.usefixtures("reference")


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
    assert "resumes from" in errors
    assert "Traceback" not in errors
    state = checkpoint.load(tmp_path / "protonet" / "checkpoints" / "train-1-shot.pt")
    assert state["step"] == metrics.read_text().count("\n") > 3
    assert not state["done"]


def test_networks_and_numbers_of_episodes_belong_together(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("protonet", data_root, tmp_path, "--n-episodes", "3", "4", "5") == 2
    assert "2 networks" in capsys.readouterr().err
    assert run("protonet", data_root, tmp_path / "twice", "--train-shots", "1", "1") == 2
    assert "no shot may be given twice" in capsys.readouterr().err


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


def test_too_few_characters_for_an_episode_are_a_sentence(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("protonet", data_root, tmp_path, "--test-ways", "5", "77") == 2
    assert "needs 77 classes" in capsys.readouterr().err
    assert run("protonet", data_root, tmp_path / "other", "--n-query", "8") == 2
    assert "of 10 images" in capsys.readouterr().err


def test_missing_data_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("protonet", tmp_path / "nowhere", tmp_path) == 2
    error = capsys.readouterr().err
    assert "DATA_ROOT" in error
    assert "make data" in error
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
    stages, ignored = small_runs.SOLUTIONS / "stages", shutil.ignore_patterns("__pycache__")
    shutil.copytree(stages, tmp_path / "stages", ignore=ignored)
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
