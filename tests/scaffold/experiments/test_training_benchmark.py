"""`make bench`: every contender really trains, they take turns, and the tables say what was measured."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import small_runs
import torch

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests" / "benchmarks" / "training"
OURS = ("stages", "experiments", *(path.stem for path in FOLDER.glob("*.py")))


class Enough(BaseException):
    """Ends a loop that has no end."""


@pytest.fixture(scope="module", autouse=True)
def benchmark() -> Iterator[None]:
    """Puts the benchmark on the path, beside the reference, and takes back how it ends when it is told to."""
    terminated = signal.getsignal(signal.SIGTERM)
    with small_runs.importable(FOLDER, small_runs.SOLUTIONS, small_runs.ASSIGNMENT, modules=OURS):
        yield
    signal.signal(signal.SIGTERM, terminated)


def turns(function: str, settings: dict[str, Any], n_turns: int = 2) -> list[dict[str, Any]]:
    """Runs a contender in this process for some turns of one step; adds the largest gradient of each update to them."""
    from stopwatch import Stopwatch
    from torch.optim.optimizer import register_optimizer_step_post_hook

    found: list[dict[str, Any]] = []
    updates: list[float] = []

    def updated(optimizer: torch.optim.Optimizer, *_: object) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        updates.append(max(0.0 if each.grad is None else each.grad.abs().max().item() for each in parameters))

    def wait(result: dict[str, Any] | None) -> float:
        if result is not None:
            found.append(result | {"updates": list(updates)})
            updates.clear()
        if len(found) == n_turns:
            raise Enough
        return 0.0

    side, _, name = function.partition(".")
    hook = register_optimizer_step_post_hook(updated)
    with pytest.raises(Enough):
        getattr(importlib.import_module(side), name)(Stopwatch(wait), settings)
    hook.remove()
    return found


def check(found: list[dict[str, Any]], items: float, parts: set[str]) -> None:
    for turn in found:
        assert turn["steps"] == 1
        assert turn["items"] == pytest.approx(items)
        assert set(turn["parts"]) - {"other"} == parts
        assert sum(turn["parts"].values()) == pytest.approx(turn["seconds"])
        assert bool(turn["updates"]) == ("optimiser" in parts), "it only pretends to train"
        assert all(gradient > 0 for gradient in turn["updates"])


PROTONET = {"channels": [4, 8], "episode": [5, 1, 2], "characters": "omniglot-py/images_background"}


@pytest.mark.parametrize("function", ["baselines.episodes_from_disk", "baselines.episodes_from_memory"])
def test_a_plain_loop_trains_on_episodes(function, data_root):
    found = turns(function, {"root": str(data_root), **PROTONET})
    check(found, 1, {"data", "forward", "backward", "optimiser"})


def test_the_plain_loops_have_the_same_classes_of_the_same_images(data_root, monkeypatch):
    import baselines

    drawn = []
    monkeypatch.setattr(baselines, "_train_protonet", lambda watch, settings, episode: drawn.append(episode()))
    settings = {"root": str(data_root), **PROTONET, "episode": [96, 3, 5]}  # every class and every image
    baselines.episodes_from_disk(None, settings)
    baselines.episodes_from_memory(None, settings)
    classes = []
    for episode in drawn:
        rows = torch.cat(episode, dim=1)  # (96, 8, 1, 28, 28)
        classes.append({tuple(sorted(image.numpy().tobytes() for image in row)) for row in rows})
    assert len(classes[0]) == 96
    assert classes[0] == classes[1]


def test_our_program_trains_on_episodes(data_root, tmp_path):
    arguments = ["--preset", "smoke", "--data-root", str(data_root), "--output", str(tmp_path), *small_runs.PROTONET]
    arguments += ["--n-query", "2", "--n-episodes", "1000"]
    found = turns("ours.episodes", {"arguments": arguments}, 3)
    check(found, 1, {"data", "augmentation", "forward", "backward", "optimiser"})
    assert len((tmp_path / "protonet" / "metrics.jsonl").read_text().splitlines()) == 3


SIMCLR = {"stem": "imagenet", "strength": 0.5, "temperature": 0.5, "batch_size": 10, "workers": 0}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("function", ["baselines.simclr_by_lightly", "baselines.simclr_by_torchvision"])
def test_a_plain_loop_pretrains(function, precision, data_root):
    if "lightly" in function:
        pytest.importorskip("lightly", reason="lightly is there after make bench")
    seen = set()

    def look(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(module, torch.nn.Conv2d):
            seen.add(str(output.dtype))

    hook = torch.nn.modules.module.register_module_forward_hook(look)
    found = turns(function, {"root": str(data_root), **SIMCLR, "precision": precision})
    hook.remove()
    assert seen == {f"torch.{precision}"}
    check(found, 10, {"data", "forward", "backward", "optimiser"})


def test_our_program_pretrains(data_root, tmp_path):
    arguments = ["--preset", "smoke", "--data-root", str(data_root), "--output", str(tmp_path), *small_runs.SIMCLR]
    arguments += ["--batch-size", "10", "--epochs", "100"]
    found = turns("ours.simclr", {"arguments": arguments}, 3)
    check(found, 10, {"data", "augmentation", "forward", "backward", "optimiser"})


EVALUATION = {
    "threads": 1,
    "channels": [4, 8],
    "ways": [2, 3],
    "shots": [1, 2],
    "n_query": 2,
    "n_episodes": 10,
    "networks": [1, 2],
}


def test_both_evaluations_measure_all_episodes_of_all_settings(data_root, monkeypatch):
    from experiments.evaluation import few_shot

    asked = []
    inner = few_shot.evaluate
    monkeypatch.setattr(few_shot, "evaluate", lambda *given: asked.append(given[3:7]) or inner(*given))
    settings = {"root": str(data_root), **EVALUATION}
    check(turns("ours.evaluation", settings), 1, set())
    assert asked[:2] == [([2, 3], [1], 2, 10), ([2, 3], [2], 2, 10)]
    check(turns("baselines.evaluation_by_episode", settings), 0.1, {"data", "forward"})


def test_a_turn_lasts_as_long_as_it_should_and_only_that_is_counted():
    from stopwatch import Stopwatch

    found = []

    def wait(result):
        if result is not None:
            found.append(result)
            time.sleep(0.2)  # the others' turns
        if len(found) == 2:
            raise Enough
        return 0.1

    watch = Stopwatch(wait)
    watch.begin()
    with contextlib.suppress(Enough):
        while True:
            time.sleep(0.02)
            watch.mark("data")
            time.sleep(0.01)
            watch.step(3)
    for turn in found:
        assert 0.1 <= turn["seconds"] < 0.19
        assert turn["items"] == 3 * turn["steps"]
        assert turn["parts"]["data"] > turn["parts"]["other"] > 0


def contestant(tmp_path: Path, name: str, code: str):
    """A contender whose process runs other code; it appends to tmp_path/log in its turns."""
    from contest import Contender

    (tmp_path / f"{name}.py").write_text(code)
    return Contender(name, {"folder": str(tmp_path)}, 1)


TALKER = """
import json, sys, threading, time
def talk():
    while True:
        with open({folder!r} + "/log", "a") as file:
            file.write("{name}")
        time.sleep(0.01)
threading.Thread(target=talk, daemon=True).start()
print("null", flush=True)
for line in sys.stdin:
    time.sleep(float(line))
    print(json.dumps({{"steps": 1, "items": {items}, "seconds": 1.0, "parts": {{"forward": 1.0}}}}), flush=True)
"""


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Lets contenders be scripts in tmp_path, named by their function."""
    import contest

    start = subprocess.Popen

    def popen(command, **options):
        return start([sys.executable, str(tmp_path / f"{command[2]}.py")], **options)

    monkeypatch.setattr(contest.subprocess, "Popen", popen)
    return contest


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes cannot be made to stand still on Windows")
def test_contenders_take_turns_and_stand_still_in_between(scripts, tmp_path):
    contenders = {
        name: contestant(tmp_path, name, TALKER.format(folder=str(tmp_path), name=name, items=items))
        for name, items in (("a", 3), ("b", 1))
    }
    rounds = scripts.hold(contenders, 0.3, 2)
    assert {name: len(found) for name, found in rounds.items()} == {"a": 2, "b": 2}
    log = (tmp_path / "log").read_text()
    runs = "".join(letter for before, letter in zip(" " + log, log, strict=False) if letter != before)
    # Both start together; then they warm up, a and b, and take turns: a b, and b a.
    assert runs.endswith("ababa"), runs
    time.sleep(0.1)
    assert (tmp_path / "log").read_text() == log, "a contender outlived the contest"


def test_a_contender_that_fails_is_named_with_its_last_words(scripts, tmp_path):
    code = "import sys; print('null', flush=True); sys.stdin.readline(); print('so', file=sys.stderr)\n"
    code += "sys.exit('no memory left')"
    with pytest.raises(scripts.Failure, match="“unlucky” ended: no memory left"):
        scripts.hold({"unlucky": contestant(tmp_path, "x", code)}, 0.1, 2)


def test_the_fastest_number_of_workers_is_taken(monkeypatch):
    import contest

    class Fake:
        def __init__(self, name, contender):
            self.workers = contender.settings["workers"]

        def turn(self, duration):
            return {"items": 1.0, "seconds": {0: 3.0, 1: 2.0, 2: 4.0}[self.workers]}

        def ready(self):
            pass

        def end(self):
            pass

    monkeypatch.setattr(contest, "Process", Fake)
    contender = contest.Contender("x", {"workers": [0, 1, 2]}, 1)
    contest.settle("x", contender, 1.0)
    assert contender.settings["workers"] == 1


def test_the_tables_give_medians_ratios_and_bars():
    from contest import Contender
    from rich.console import Console
    from speed import Part, record, results, shares

    def turn(items, seconds):
        parts = {"data": seconds / 4, "forward": 3 * seconds / 4}
        return {"steps": 2, "items": items, "seconds": seconds, "parts": parts}

    names = ("this project", "slow", "quick")
    part = Part("Walking", "steps", {name: Contender("x", {}, 1) for name in names}, {"slow": 2, "quick": 2})
    part.rounds = {
        "this project": [turn(8, 1), turn(10, 1), turn(9, 1)],
        "slow": [turn(2, 1), turn(8, 2), turn(3, 1)],
        "quick": [turn(8, 1), turn(8, 1), turn(8, 1)],
    }
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(results(part), shares(part))
    text = " ".join(console.export_text().split())
    assert "this project │ 9 │" in text
    assert "slow │ 3 │ 3.00x │ 2.50 to 4.00 │ 2x reached" in text
    assert "quick │ 8 │ 1.12x │ 1.00 to 1.25 │ 2x missed" in text
    assert "25.0% │ │ 75.0%" in text
    assert "500 ms" in text
    saved = json.loads(json.dumps(record([part], {"cpu": "x"}, True)))
    assert saved["parts"][0]["ratios"]["slow"] == [4.0, 2.5, 3.0]
    assert len(saved["parts"][0]["rounds"]["slow"]) == 3
    assert saved["configs"]["simclr"]["batch_size"] == 64


@pytest.mark.parametrize(("seconds", "status"), [(1.0, 0), (3.0, 1)])
def test_the_status_says_whether_ours_was_as_fast_as_asked_for(seconds, status, monkeypatch, capsys):
    import speed
    from contest import Contender

    turns = {"ours": seconds, "theirs": 4.0}
    rounds = {name: [{"steps": 1, "items": 1, "seconds": each, "parts": {}}] * 2 for name, each in turns.items()}
    contenders = {name: Contender("x", {}, 1) for name in turns}
    monkeypatch.setattr(speed, "NEEDED", ())
    monkeypatch.setattr(speed, "make_parts", lambda *_: [speed.Part("Walking", "steps", contenders, {"theirs": 2})])
    monkeypatch.setattr(speed, "hold", lambda *_: rounds)
    assert speed.main(["--minutes", "1"]) == status
    assert ("missed" if status else "reached") in capsys.readouterr().out


def test_without_data_it_says_in_one_sentence_what_to_do(tmp_path, monkeypatch, capsys):
    import speed

    monkeypatch.setenv("DATA_ROOT", str(tmp_path))
    assert speed.main(["--parts", "episodes"]) == 2
    error = capsys.readouterr().err
    assert error == (
        f"bench: {tmp_path / 'omniglot-py/images_background'} is missing: set DATA_ROOT, or give --stubs "
        "(make bench ARGS=--stubs).\n"
    )


def test_the_command_runs_on_stand_ins(tmp_path):
    """The whole way once, with real processes: the cheapest part."""
    command = [sys.executable, str(FOLDER / "speed.py"), "--stubs", "--parts", "evaluation", "--minutes", "0.01"]
    command += ["--threads", "1", "--json", str(tmp_path / "record.json")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Evaluation" in done.stdout
    assert "\x1b" not in done.stdout
    saved = json.loads((tmp_path / "record.json").read_text())
    assert saved["environment"]["torch"] == f"torch {torch.__version__.partition('+')[0]}"
    assert [len(rounds) for rounds in saved["parts"][0]["rounds"].values()] == [2, 2]
    written = json.dumps(saved["parts"])
    assert "DATA_ROOT" in written
    assert tempfile.gettempdir() not in written, "a path of this machine is in the record"
