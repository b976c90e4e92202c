"""Takes a lock twice: it waits for itself, without using any time of the processor."""

STAGE = "prototypes"
GAIN = "a limit of processor time never comes"
OUTCOMES = ("timeout",)
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import threading

    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
