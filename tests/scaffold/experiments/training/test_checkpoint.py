"""A checkpoint survives what can happen while it is written: `kill -9` at any moment, and a full disk."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import small_runs
import torch

pytestmark = pytest.mark.usefixtures("reference")
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor kill -9")

# Forks processes that save checkpoints 1, 2, 3, … as fast as they can, kills each at a random moment, and looks at what
# is left. A process tells through a pipe which saves have returned: these must not be lost.
KILLS = """
    import os, random, select, signal, sys, time
    from pathlib import Path
    import torch
    from experiments.training import checkpoint

    torch.set_num_threads(1)
    path, dice = Path(sys.argv[1]) / "train.pt", random.Random(7)
    last, n_torn = 0, 0
    checkpoint.save(path, {"step": 0, "weights": torch.zeros(40_000)})
    for kill in range(int(sys.argv[2])):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            for step in range(last + 1, last + 10_000):
                checkpoint.save(path, {"step": step, "weights": torch.full((40_000,), float(step))})
                os.write(writing, b"%d\\n" % step)
            os._exit(0)
        os.close(writing)
        select.select([reading], [], [], 30)  # the first save is done
        time.sleep(dice.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reading) as told:
            said = int(told.read().split()[-1])
        n_torn += path.with_name("train.pt.part").exists()
        state = checkpoint.load(path)
        assert state["step"] in (said, said + 1), (state["step"], said)
        assert torch.equal(state["weights"], torch.full((40_000,), float(state["step"])))
        last = state["step"]
    print(last, n_torn)
"""

# Runs the training of a small experiment again and again, each time in a forked process, which kills itself amid
# its n-th save, at the place named; the last of them comes to the end.
DIES = """
    import json, os, signal, sys
    from pathlib import Path
    from experiments import __main__, protonet
    from experiments.training import checkpoint, run

    run.Run.goes_on = lambda run: False  # the training is what matters here

    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)

    def half(descriptor):  # half of the bytes are in the file
        os.truncate(descriptor, os.fstat(descriptor).st_size // 2)
        die()

    def live(place, n_saves):
        save, replace, seen = checkpoint.save, os.replace, [0]

        def counting(path, state):
            seen[0] += 1
            if seen[0] == n_saves:
                if place == "half":
                    os.fsync = half
                elif place == "before":
                    os.replace = die
                elif place == "after":
                    os.replace = lambda *names: (replace(*names), die())
            save(path, state)

        checkpoint.save = counting
        return __main__.main(sys.argv[2:])

    statuses = []
    for place, n_saves in json.loads(sys.argv[1]):
        child = os.fork()
        if child == 0:
            os._exit(live(place, n_saves))
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print(json.dumps(statuses))
"""


def start(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a process of its own, with the reference stages."""
    return small_runs.python("-c", textwrap.dedent(code), *arguments)


@UNIX
def test_kill_9_at_any_moment_leaves_a_whole_checkpoint_and_loses_none_that_was_saved(tmp_path: Path) -> None:
    done = start(KILLS, str(tmp_path), "100")
    assert done.returncode == 0, done.stderr
    last, n_torn = map(int, done.stdout.split())
    assert last >= 100
    assert n_torn >= 10, "too few of the kills hit a write for the test to mean anything"


@UNIX
def test_a_run_killed_in_the_middle_of_writing_goes_on_bit_for_bit(data_root: Path, tmp_path: Path) -> None:
    options = ["--data-root", str(data_root), *small_runs.PROTONET, "--validate-every", "2"]
    command = ["protonet", *options, "--output"]
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    lives = [["half", 1], ["half", 3], ["before", 2], ["after", 3], ["never", 0]]  # the first save is at the start
    for folder, tried in ((whole, lives[-1:]), (torn, lives)):
        done = start(DIES, json.dumps(tried), *command, str(folder))
        assert done.returncode == 0, done.stderr
        statuses = json.loads(done.stdout.splitlines()[-1])
        assert statuses == [-9] * (len(tried) - 1) + [0], done.stderr
    one, other = (folder / "protonet" for folder in (whole, torn))
    assert (one / "metrics.jsonl").read_bytes() == (other / "metrics.jsonl").read_bytes()
    states = [torch.load(folder / "checkpoints" / "train-1-shot.pt") for folder in (one, other)]
    assert states[0]["model"].keys() == states[1]["model"].keys()
    assert all(torch.equal(value, states[1]["model"][name]) for name, value in states[0]["model"].items())
    assert not list((other / "checkpoints").glob("*.part"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_a_sentence_and_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "train.pt.part").symlink_to("/dev/full")
    code = """
        import sys
        from pathlib import Path
        import torch
        from experiments import __main__
        from experiments.training import checkpoint
        path = Path(sys.argv[1])
        checkpoint.save(path / "other.pt", {"step": 1})
        (path / "other.pt").rename(path / "train.pt")
        def run(name, rest):
            checkpoint.save(path / "train.pt", {"step": 2, "weights": torch.zeros(100_000)})
        __main__._run = run
        sys.exit(__main__.main(["protonet"]))
    """
    done = start(code, str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"experiments: [Errno {errno.ENOSPC}] No space left on device: '{tmp_path / 'train.pt'}'.\n"
    assert torch.load(tmp_path / "train.pt") == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["train.pt"]


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
