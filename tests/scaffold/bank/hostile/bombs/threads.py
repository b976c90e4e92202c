"""Starts up to 500 threads that sleep for 20 seconds."""

STAGE = "prototypes"
GAIN = "the machine's limit of threads"
OUTCOMES = ("tampered", "error", "crashed", "timeout", "memory")
SECONDS = 10.0


def compute_prototypes(support: Tensor) -> Tensor:
    import threading
    import time

    for number in range(500):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    print("LOOT 500 threads", flush=True)
    raise RuntimeError("500 threads")
