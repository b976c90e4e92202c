"""Starts another program that does the talking: Python again, by subprocess, os.system and os.posix_spawn."""

STAGE = "prototypes"
GAIN = "a process without the watchers of this one"


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import subprocess
    import sys

    talk = f"import socket; socket.create_connection(('127.0.0.1', {TCP_PORT})).send(b'hello')"
    for start in (
        lambda: subprocess.run([sys.executable, "-S", "-c", talk], timeout=5, check=True),
        lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
        lambda: 1 / (not os.system("exit 0")),
    ):
        try:
            start()
        except (OSError, subprocess.SubprocessError, ZeroDivisionError):
            continue
        leak("started")
    raise RuntimeError("no program starts")
