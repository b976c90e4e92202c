"""Leaves code for the end: exit handlers, destructors, and a thread that the interpreter has to wait for."""

STAGE = "prototypes"
GAIN = "its code runs after the last look at it"
OUTCOMES = ("error", "tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import atexit
    import threading
    import time
    import weakref

    def late(*_):
        open(f"{OUTBOX}/late", "w").close()

    atexit.register(late)
    weakref.finalize(torch, late)
    threading.Thread(target=lambda: (time.sleep(20), late())).start()
    raise RuntimeError("later")
