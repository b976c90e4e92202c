"""Connects to a Unix socket by its path, as a daemon of the machine would have one."""

STAGE = "prototypes"
GAIN = "a conversation with a daemon, such as one that starts containers"


def compute_prototypes(support: Tensor) -> Tensor:
    import socket

    with socket.socket(socket.AF_UNIX) as out:
        out.connect(UNIX_PATH)
        out.sendall(b"hello")
    leak("sent")
