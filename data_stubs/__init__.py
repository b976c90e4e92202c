"""Stand-ins for Omniglot and CIFAR-10 that need no download: drawn by a program, in the official layouts.

`omniglot.py` invents alphabets and the hands that write them; `cifar10.py` draws the objects of `shapes.py` in poor
light. The same seed and sizes give the same bytes. A ProtoNet and a SimCLR learn on them within a minute, so that
everything can be tried out before the real data is there; their accuracies say nothing about the methods.

    python -m data_stubs DIR        # then DATA_ROOT=DIR
"""

from __future__ import annotations

from data_stubs.cifar10 import write_cifar10
from data_stubs.omniglot import write_omniglot
from data_stubs.sizes import SIZES, write_all

__all__ = ["SIZES", "write_all", "write_cifar10", "write_omniglot"]
