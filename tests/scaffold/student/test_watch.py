"""`autograder watch`: a save checks its own stages again, a broken or vanished file is reported, Ctrl-C is quiet."""

from __future__ import annotations

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
