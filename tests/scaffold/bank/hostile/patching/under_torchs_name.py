"""Compiles its code under the name of one of torch's files, so that a watcher takes it for torch's own doing."""

STAGE = "prototypes"
GAIN = "no line of the submission is to blame"
OUTCOMES = ("tampered",)


def compute_prototypes(support: Tensor) -> Tensor:
    attack = "import socket\nsocket.create_connection(('127.0.0.1', port), timeout=1).send(b'hello')"
    exec(compile(attack, torch.__file__, "exec"), {"port": TCP_PORT})
    leak("sent")
