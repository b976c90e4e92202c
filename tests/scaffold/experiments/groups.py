"""Groups of processes that train together, for `test_distributed.py`: of our own, which stay, and those of torchrun."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ranks
import small_runs
import torch


class Ranks:
    """Some processes, the first of which form a process group for each job."""

    def __init__(self, n: int, folder: Path):
        self.folder = folder
        self.processes = []
        for rank in range(n):
            command = [sys.executable, ranks.__file__, str(folder), str(rank)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            self.processes.append(subprocess.Popen(command, **pipes, text=True, bufsize=1, env=environment))

    def do(self, job: str, size: int = 2, **arguments: Any) -> list[dict[str, Any]]:
        """Lets so many do the job together and returns the result of each rank."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            order = {"job": job, "size": size, "port": free.getsockname()[1], **arguments}
        for process in self.processes[:size]:
            print(json.dumps(order), file=process.stdin)
        answers = [process.stdout.readline().strip() for process in self.processes[:size]]  # type: ignore[union-attr]
        assert answers == ["done"] * size, "\n".join(answers)
        return [torch.load(self.folder / f"{rank}.pt") for rank in range(size)]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


class Torchrun:
    """A training of two processes, which torchrun starts again once if they die.

    Args:
        folder: where they note their process ids.
        command: the experiment and its options.
    """

    def __init__(self, folder: Path, command: list[str]):
        self.folder = folder
        folder.mkdir()
        launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        launch += ["--max-restarts", "1", ranks.__file__, str(folder), *command]
        with (folder / "said").open("w") as said:  # a group of its own, as a terminal makes for each command
            self.process = subprocess.Popen(
                launch, env=small_runs.environment(), stdout=said, stderr=said, start_new_session=True
            )

    def started(self, restarts: int) -> list[int]:
        """Returns the process ids of the ranks, before or after they were started again."""
        files = [self.folder / f"{rank}-{restarts}" for rank in range(2)]
        self.wait(lambda: all(file.exists() and file.read_text() for file in files))
        return [int(file.read_text()) for file in files]

    def wait(self, happened: Callable[[], bool]) -> None:
        """Waits until something has happened."""
        until = time.monotonic() + 120
        while not happened():
            if self.process.poll() is not None or time.monotonic() > until:
                self.process.terminate()
                raise AssertionError(self.end())
            time.sleep(0.02)

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def end(self) -> str:
        """Waits for the end, at which no process is left, and returns what was said."""
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            left = [int(file.read_text()) for file in self.folder.glob("?-?") if alive(int(file.read_text()))]
            for number in left:
                os.kill(number, signal.SIGKILL)
        assert not left, self.said()
        return self.said()


def alive(number: int) -> bool:
    """Tells whether there is a process of that number."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
