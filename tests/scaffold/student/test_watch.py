"""`autograder watch`: a save checks its own stages again, a broken or vanished file is reported, Ctrl-C is quiet."""

from __future__ import annotations

import importlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import rubric
from autograder.runner import run as runner
from autograder.student import watch

STAGES = [rubric.get(name) for name in ("prototypes", "distances", "sample_episode")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A submission with two modules, and suites of its own for them."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "test_protonet.py").write_text(
        "import pytest\nfrom stages import protonet\n"
        "@pytest.mark.stage('prototypes')\ndef test_a():\n    assert protonet.compute_prototypes() == 1, 'it is 1'\n"
        "@pytest.mark.stage('distances')\ndef test_b():\n    assert protonet.squared_euclidean() == 2, 'it is 2'\n"
    )
    (tmp_path / "suites" / "test_episodes.py").write_text(
        "import pytest\nfrom stages import episodes\n"
        "@pytest.mark.stage('sample_episode')\ndef test_c():\n    assert episodes.sample_episode() == 3, 'it is 3'\n"
    )
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "protonet.py").write_text(
        "def compute_prototypes():\n    return 1\n\ndef squared_euclidean():\n    return 2\n"
    )
    (tmp_path / "stages" / "episodes.py").write_text("def sample_episode():\n    return 3\n")
    monkeypatch.setitem(runner.SUITES, "visible", tmp_path / "suites")
    return tmp_path


def test_save_checks_the_stages_of_its_file(folder, capsys):
    protonet, ran, printed = folder / "stages" / "protonet.py", [], []
    good = protonet.read_text()

    def edits() -> Iterator[set[str]]:
        for change in (
            lambda: protonet.write_text(good.replace("return 1", "return 0")),
            lambda: protonet.write_text("def f(:"),
            protonet.unlink,
            lambda: protonet.write_text(good),
        ):
            printed.append(capsys.readouterr().out)
            change()
            yield {"protonet.py"}
        printed.append(capsys.readouterr().out)
        yield {"episodes.py"}
        printed.append(capsys.readouterr().out)

    original = runner.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "run", lambda s, stages, *a, **k: ran.append(len(stages)) or original(s, stages, *a, **k))
        watch.watch(folder, STAGES, edits())
    first, wrong, broken, gone, good_again, other = printed
    assert ran == [3, 2, 2, 2, 2, 1]
    assert "All 3 stages pass." in first
    assert "Checked all" in first
    assert re.search(r"prototypes .* failing +0 / 6\n", wrong)
    assert re.search(r"sample_episode .* passed +6 / 6\n", wrong)
    assert "protonet.py changed: checked 2 of 3 stages in " in wrong
    assert "stages/protonet.py, line 1: SyntaxError" in broken
    assert "The file stages/protonet.py is missing." in gone
    assert "All 3 stages pass." in good_again
    assert "episodes.py changed: checked 1 of 3 stages" in other


def test_the_stage_that_was_saved_is_explained_even_if_an_earlier_one_fails(folder, capsys):
    (folder / "stages" / "episodes.py").write_text("def sample_episode():\n    return 0\n")

    def edits() -> Iterator[set[str]]:
        assert "  it is 3\n" in capsys.readouterr().out
        (folder / "stages" / "protonet.py").write_text("def compute_prototypes():\n    return 0\n")
        yield {"protonet.py"}

    watch.watch(folder, [STAGES[2], STAGES[0]], edits())
    out = capsys.readouterr().out
    assert "  it is 1\n" in out
    assert "it is 3" not in out


def test_nobody_waits_for_torchvision(folder, capsys):
    (folder / "suites" / "test_simclr.py").write_text(
        "import pytest\nfrom stages import simclr\n"
        "@pytest.mark.stage('two_views')\ndef test_views():\n    assert simclr.two_views() == 1, 'it is 1'\n"
        "@pytest.mark.stage('nt_xent')\ndef test_loss():\n    assert simclr.nt_xent_loss() == 2, 'it is 2'\n"
    )
    simclr = folder / "stages" / "simclr.py"
    simclr.write_text(
        "def simclr_augmentation():\n    pass\ndef two_views():\n    return 1\ndef nt_xent_loss():\n    return 2\n"
    )

    def edits() -> Iterator[set[str]]:
        assert "Checked all" in capsys.readouterr().out
        simclr.write_text(simclr.read_text().replace("return 2", "return 0"))
        yield {"simclr.py"}

    watch.watch(folder, [rubric.get("two_views"), rubric.get("nt_xent")], edits())
    first, second = capsys.readouterr().out.split("Now checking two_views …\n")
    assert re.search(r"simclr\.py changed: checked 1 of 2 stages in \S+ s\. $", first)
    assert re.search(r"nt_xent .* failing ", first)
    assert "it is 2" in first
    assert not re.search("^two_views ", first, re.MULTILINE)
    assert re.search(r"two_views .* passed ", second)
    assert "it is 2" in second
    assert "checked 2 of 2 stages in " in second


def test_the_rounds_hold_every_stage_once():
    rounds = watch.in_rounds(rubric.STAGES)
    assert sorted(stage.id for part in rounds for stage in part) == sorted(stage.id for stage in rubric.STAGES)
    assert not any(stage.torchvision for stage in rounds[0])
    assert "nt_xent" in {stage.id for stage in rounds[0]}
    assert "simclr_training" in {stage.id for stage in rounds[1]}, "it calls two_views"
    assert watch.in_rounds([rubric.get("two_views")]) == [[rubric.get("two_views")]]


def test_helper_file_concerns_all_stages():
    assert watch.affected_by({"protonet.py"}, STAGES) == STAGES[:2]
    assert watch.affected_by({"protonet.py", "helpers.py"}, STAGES) == STAGES
    assert watch.affected_by({"simclr.py"}, STAGES) == []


def test_saves_are_heard_in_bursts_and_the_folder_may_come_back(folder):
    stages = folder / "stages"
    with watch.Saves(stages) as saves:
        bursts = iter(saves)
        time.sleep(0.3)  # until the watcher is set up
        (stages / "notes.txt").write_text("not Python")
        (stages / "protonet.py").write_text("x = 1\n")
        (stages / "episodes.py").write_text("x = 1\n")
        assert soon(bursts) == {"protonet.py", "episodes.py"}
        shutil.rmtree(stages)
        assert soon(bursts) == {"protonet.py", "episodes.py"}
        time.sleep(0.5)
        stages.mkdir()
        (stages / "simclr.py").write_text("x = 2\n")
        assert "simclr.py" in soon(bursts)


def soon(bursts: Iterator[set[str]]) -> set[str]:
    found: list[set[str]] = []
    thread = threading.Thread(target=lambda: found.append(next(bursts)), daemon=True)
    thread.start()
    thread.join(10)
    assert found, "no change was heard"
    return found[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to another process there")
def test_ctrl_c_ends_quietly(folder):
    command = [sys.executable, "-m", "autograder", "watch", "--submission", str(folder), "--stage", "prototypes"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    killer = threading.Timer(60, process.kill)  # a watcher that never says so ends the loop below
    killer.start()
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if "to stop." in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    killer.cancel()
    told = r"Checked all in \S+ s\. Watching .*/stages; press Ctrl-C to stop\.\n"
    assert re.fullmatch(told, line), "a pipe gets one line"
    assert (process.returncode, out, err) == (0, "\n", "")


def test_the_benchmark_of_the_latency_can_make_its_mistakes(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    latency = importlib.import_module("watch_latency")
    for case in latency.CASES:
        text = (root / "solutions" / "stages" / case.file).read_text(encoding="utf-8")
        assert text.count(case.mistake[0]) >= 1, case.name
        assert rubric.get(case.said).module == Path(case.file).stem
        assert not (case.limited and rubric.get(case.said).torchvision)


def test_the_benchmark_divides_the_time_of_a_save(root, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(root / "tests" / "benchmarks"))
    latency = importlib.import_module("watch_latency")
    marks = tmp_path / "marks"
    marks.write_text("heard 1.5\ncopied 2\nforked 4\nforked 4.5\ntested 8\ncopied 9\ntested 10\n")
    parts = latency.split(marks, 1.0, 8.25)
    assert parts == {"heard": 0.5, "copied": 0.5, "forked": 2.0, "tested": 4.0, "printed": 0.25}
