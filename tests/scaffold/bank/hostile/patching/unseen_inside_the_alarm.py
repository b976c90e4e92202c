"""Hands paths to Python whose own methods are the attack: an audit hook that looks at the path runs them, and is busy."""

STAGE = "prototypes"
GAIN = "everything it does there goes unseen"


def _attack():
    import socket

    try:
        socket.socket().connect(("127.0.0.1", TCP_PORT))
        print("LOOT connected", flush=True)
    except OSError:
        pass


class Path:
    def __fspath__(self):
        _attack()
        return "harmless.txt"


class Name(str):
    def startswith(self, *args):
        _attack()
        return True

    __add__ = lambda self, other: _attack() or str(self)


def compute_prototypes(support: Tensor) -> Tensor:
    import io
    import os

    for path in (Path(), Name("harmless.txt")):
        io.FileIO(path, "w").close()
        os.listdir(Name("."))
    raise RuntimeError("nothing was seen")
