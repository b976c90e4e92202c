"""What a run prints while it works: a bar on a terminal, a line now and then elsewhere; and how Ctrl-C reaches it."""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """Counts the steps of one phase; use it in a `with`.

    Args:
        name: what is counted, such as "train".
        total: the number of steps of the whole phase.
        done: how many of them an earlier run has done.
    """

    def __init__(self, name: str, total: int, done: int = 0):
        self.name, self.total, self.done = name, total, done
        self._console = Console(highlight=False)
        self._began, self._first = time.monotonic(), done
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Bar(*columns, TimeRemainingColumn(), TextColumn("{task.fields[text]}"), console=self._console)
            self._task = self._bar.add_task(self.name, total=self.total, completed=self.done, text="")
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, text: str = "") -> None:
        """Counts one more step; `text` is shown after the bar."""
        self.done += 1
        if self._bar is not None:
            self._bar.update(self._task, advance=1, text=text)

    def say(self, text: str) -> None:
        """Prints a line about how far the phase is: every epoch, or every few hundred episodes."""
        if self._bar is not None:
            self._bar.console.print(f"{self.name} {self.done}/{self.total}  {text}")
            return
        seconds = time.monotonic() - self._began
        left = seconds / max(1, self.done - self._first) * (self.total - self.done)
        print(f"{self.name} {self.done}/{self.total}  {text}  {duration(seconds)}, {duration(left)} left", flush=True)


SAME_REQUEST = 1.0  # seconds within which signals are one request: make, torchrun and schedulers repeat them


class StopRequest:
    """Turns the first Ctrl-C into a request that the loops can check; a second one interrupts at once.

    `asked` is true from the first on. Loops end after the current step, write a checkpoint and leave. Outside a `with`,
    Ctrl-C interrupts at once, as usual.
    """

    def __init__(self) -> None:
        self.asked = False
        self._since = -math.inf
        self._before: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is not threading.main_thread():
            return self  # only the main thread gets signals
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            if time.monotonic() - self._since < SAME_REQUEST:
                return
            raise KeyboardInterrupt
        self.asked, self._since = True, time.monotonic()
        if os.environ.get("LOCAL_RANK", "0") == "0":  # only one of several processes prints
            print("stopping after this step (Ctrl-C again: stop at once) …", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Returns a time as people say it: "8 s", "12 min 5 s", "3 h 20 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
