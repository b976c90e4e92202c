"""Rewires the import system at import: every module that comes later is the attacker's."""

STAGE = "prototypes"
GAIN = "the grader's next import is the attacker's code"
OUTCOMES = ("tampered", "error", "wrong", "crashed")
WITNESS = "nt_xent"

import importlib.machinery
import sys


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("autograder.suites", "_pytest")):
            print("LOOT asked for", name, flush=True)
        return None


sys.meta_path.insert(0, Finder())
sys.path.insert(0, "/tmp")
sys.path_importer_cache.clear()
sys.modules["autograder.suites.protonet_oracles"] = sys.modules[__name__]


def compute_prototypes(support: Tensor) -> Tensor:
    raise RuntimeError("waiting for an import")
