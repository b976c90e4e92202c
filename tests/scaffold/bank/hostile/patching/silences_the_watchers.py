"""Switches off what might watch: replaces `sys.addaudithook` and `sys.audit`, and clears the hooks from C."""

STAGE = "prototypes"
GAIN = "everything after it goes unseen"
OUTCOMES = ("tampered", "error", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import ctypes
    import sys

    sys.addaudithook = sys.audit = lambda *args: None
    ctypes.pythonapi._PySys_ClearAuditHooks()
    leak(open(SUITE).read())
