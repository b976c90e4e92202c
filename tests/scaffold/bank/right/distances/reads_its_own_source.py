"""Reads its own file to print which version of it runs, and looks for a switch in the environment."""

import hashlib
import inspect
import os
from pathlib import Path


def squared_euclidean(queries, prototypes):
    if os.environ.get("PROTONET_DEBUG", "1") == "1":
        source = Path(__file__).read_text(encoding="utf-8")
        with open(os.path.abspath(__file__), "rb") as file:
            version = hashlib.sha256(file.read()).hexdigest()[:8]
        print(f"protonet.py, version {version}, {len(source.splitlines())} lines, process {os.getpid()} in {os.getcwd()}")
        print(inspect.getsource(squared_euclidean).splitlines()[0])
    return ((queries[:, None] - prototypes) ** 2).sum(dim=2)
