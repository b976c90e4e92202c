"""What the kernel says a worker tried: refused calls of the suspicious kinds, reported to the grader as they are made.

The worker's filter (`seccomp.py`) answers such a call with a notification (Linux 5.0): the kernel stops the caller and
asks whoever holds the other end of the filter. The worker makes that end as it enters, sends it to the grader over the
one socket it has, and closes both, before any code of a submission runs. From then on no code in the worker, whatever
it patches, clears or closes, can keep a call from being reported, or forge a report.

"Gets no points and is reported" rests on this. It covers what `seccomp.TOLD` lists: sockets, processes, programs,
signals, debugging, mounts, io_uring and the like. It does not cover files: Landlock refuses them by itself, and
reporting every `open` would cost each honest one a round trip to the grader. Only the worker's own alarm
(`worker/audit.py`) notices files, patches and snooping inside the worker, and a submission can switch it off; that
helps a reader, but is not a promise.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading

from autograder.sandbox import kernel, seccomp

ENOUGH = 200  # calls; after that the kernel refuses them by itself, so that nobody can keep the grader busy
_RECEIVE, _SEND = 0xC0502100, 0xC0182101  # ioctl: SECCOMP_IOCTL_NOTIF_RECV and _SEND
_QUESTION = "=QIIiI7Q"  # its number, the process, flags; the call, the architecture, where, six arguments
_ANSWER = "=QqiI"
_NOT_PERMITTED = -1
_PATIENCE = 2.0  # seconds to wait for the last answer once the worker is gone


class Reports:
    """Listens to what the kernel reports about one worker, in its own thread, from the worker's start to its end.

    Attributes:
        theirs: the descriptor for the worker (`Policy.reports`); close it with `sent` once the worker has it.
    """

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._theirs: socket.socket | None = theirs
        self.theirs = theirs.fileno()
        self._found: dict[str, None] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def sent(self) -> None:
        """Lets go of the worker's end."""
        if self._theirs is not None:
            self._theirs.close()
            self._theirs = None

    def end(self) -> list[str]:
        """Returns what the worker tried, each kind once, such as "opened a socket"; call it when the worker is gone."""
        self.sent()
        self._thread.join(_PATIENCE)
        self._over.set()
        return list(self._found)

    def _listen(self) -> None:
        with self._ours as ours, contextlib.suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
            for descriptor in descriptors:
                with open(descriptor, "rb", buffering=0):
                    self._answer_all(descriptor)

    def _answer_all(self, descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        for _ in range(ENOUGH):
            while not (ready := poll.poll(1000)):
                if self._over.is_set():
                    return
            if not ready[0][1] & select.POLLIN:  # nobody is left in the sandbox
                return
            self._answer(descriptor)

    def _answer(self, descriptor: int) -> None:
        """Notes one call and refuses it. The caller may have died meanwhile; then the kernel has forgotten it."""
        import fcntl

        question = bytearray(struct.calcsize(_QUESTION))
        with contextlib.suppress(FileNotFoundError):
            fcntl.ioctl(descriptor, _RECEIVE, question)
            number, _, _, call, _, *_ = struct.unpack(_QUESTION, question)
            column = kernel.architecture()
            self._found[seccomp.meaning(call, 0 if column is None else column)] = None
            fcntl.ioctl(descriptor, _SEND, bytearray(struct.pack(_ANSWER, number, 0, _NOT_PERMITTED, 0)))


def hand_over(listener: int, through: socket.socket) -> None:
    """Sends the kernel's end of the reports to the grader, and closes it and the way there."""
    try:
        socket.send_fds(through, [b"."], [listener])
    finally:
        os.close(listener)
        through.close()
