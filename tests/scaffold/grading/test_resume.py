"""A grader, or a process of its, that dies at any moment costs no result: the same command comes to the same ones."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STAGES = ("prototypes", "distances")
SLOW = """

_compute_prototypes = compute_prototypes


def compute_prototypes(support):
    import time

    time.sleep(0.7)
    return _compute_prototypes(support)
"""

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc"),
    pytest.mark.timeout(300),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def resume() -> types.ModuleType:
    """The script of tests/benchmarks."""
    spec = importlib.util.spec_from_file_location("resume", ROOT / "tests" / "benchmarks" / "resume.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["resume"] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def graded(resume: types.ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """A small class, graded undisturbed to `calm`; the seconds to its first result, and in all."""
    folder = tmp_path_factory.mktemp("resume")
    (folder / "class").mkdir()
    resume.hand_in(folder / "class", 8, STAGES, seed=3)
    return folder, *resume.undisturbed(folder, folder / "calm", STAGES)


def test_a_grader_that_is_killed_three_times_comes_to_the_same_results(resume, graded) -> None:
    folder, first, seconds = graded
    seen = resume.killed(folder, folder / "killed", STAGES, 3, first, seconds, random.Random())
    assert resume.differences(folder / "calm", folder / "killed") == []
    assert seen.broken == []
    assert seen.left == [0, 0, 0]
    assert seen.finished == sorted(seen.finished)
    assert seen.hits > 0, "no kill met a running grader"
    assert list((folder / "tmp").iterdir()) == []


def has_mapped(process: int, library: str) -> bool:
    """Whether a process has loaded a library; of the two warm ones only that of the workers draws and augments."""
    try:
        return library in Path(f"/proc/{process}/maps").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("whose", ["judges", "workers"])
def test_a_warm_process_that_dies_in_the_middle_costs_the_student_nothing(resume, tmp_path: Path, whose: str) -> None:
    shutil.copytree(ROOT / "solutions" / "stages", tmp_path / "class" / "slow" / "stages")
    with (tmp_path / "class" / "slow" / "stages" / "protonet.py").open("a", encoding="utf-8") as file:
        file.write(SLOW)
    process = resume.start(tmp_path, tmp_path / "out", ("prototypes",), whose)
    until = time.monotonic() + 120
    while True:
        living = resume.living()
        # The grader's child has imported torch, and its two children are the warm processes.
        above = [number for (number, _), (parent, _) in living.items() if parent == process.pid]
        below = [number for (number, _), (parent, _) in living.items() if parent in above]
        warm = {"workers" if has_mapped(number, "torchvision") else "judges": number for number in below}
        if any(parent == warm.get("workers") for parent, _ in living.values()):
            break  # there is a worker
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1.5)
    os.kill(warm[whose], signal.SIGKILL)
    _, said = process.communicate(timeout=200)
    assert process.returncode == 0, said
    (found,) = json.loads((tmp_path / "out" / "results.json").read_text())["submissions"]
    assert found["points"] == 6, found["stages"]["prototypes"]["diagnosis"]


def test_the_script_says_so_when_results_differ(resume, graded, tmp_path: Path) -> None:
    folder, _, _ = graded
    subprocess.run(["cp", "-r", str(folder / "calm"), str(tmp_path / "other")], check=True)
    results = json.loads((tmp_path / "other" / "results.json").read_text())
    results["seed"] += 1
    (tmp_path / "other" / "results.json").write_text(json.dumps(results))
    (tmp_path / "other" / "feedback" / "s000.html").unlink()
    assert resume.differences(folder / "calm", tmp_path / "other") == ["feedback/s000.html", "results.json"]
