"""Listeners on this machine's loopback that an attack may try to reach. Nobody else knows of them."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import Any


class Listeners:
    """TCP, UDP, a name server's UDP, a Unix socket with a path and an abstract one.

    The kernel keeps what arrives, so that nobody has to listen until `heard` asks.

    Args:
        path: of the Unix socket; it does not exist yet, and is short.
    """

    def __init__(self, path: Path):
        name = f"\0range-{secrets.token_hex(6)}"
        self._sockets = {
            "TCP": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "UDP": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "DNS": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "Unix": _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(path)),
            "abstract Unix": _bound(socket.AF_UNIX, socket.SOCK_STREAM, name),
        }
        ports = {f"{kind}_PORT": self._sockets[kind].getsockname()[1] for kind in ("TCP", "UDP", "DNS")}
        self.addresses: dict[str, Any] = {**ports, "UNIX_PATH": str(path), "ABSTRACT": name}

    def heard(self) -> list[str]:
        """The names of those that something arrived at."""
        return [name for name, door in self._sockets.items() if _knocked(door)]

    def close(self) -> None:
        """Closes them all."""
        for door in self._sockets.values():
            door.close()


def _bound(family: int, kind: int, address: Any) -> socket.socket:
    door = socket.socket(family, kind)
    door.bind(address)
    if kind == socket.SOCK_STREAM:
        door.listen(8)
    door.setblocking(False)
    return door


def _knocked(door: socket.socket) -> bool:
    try:
        if door.type == socket.SOCK_DGRAM:
            door.recv(65536)
        else:
            door.accept()[0].close()
    except BlockingIOError:
        return False
    return True
