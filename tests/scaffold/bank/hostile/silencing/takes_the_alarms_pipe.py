"""Puts an empty device in the place of the alarm's descriptor, and of every other one that is not its own to use."""

STAGE = "prototypes"
GAIN = "an alarm that rings where nobody listens"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import socket

    kept = os.dup(5)
    null = os.open(os.devnull, os.O_WRONLY)
    for descriptor in range(5, 32):
        if descriptor not in (null, kept):
            try:
                os.fstat(descriptor)
                os.dup2(null, descriptor)
            except OSError:
                pass
    try:
        socket.create_connection(("127.0.0.1", TCP_PORT), timeout=1).send(b"hello")
        leak("sent")
    except OSError:
        pass
    os.dup2(kept, 5)
    raise RuntimeError("nothing was seen")
