"""Raises its own limits as far as it may, and starts up to 500 threads that sleep for 20 seconds."""

STAGE = "prototypes"
GAIN = "the machine's limit of threads"
OUTCOMES = ("tampered", "error", "crashed", "timeout", "memory")
SECONDS = 10.0


def compute_prototypes(support: Tensor) -> Tensor:
    import resource
    import threading
    import time

    for name in (resource.RLIMIT_NPROC, resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_STACK):
        try:
            resource.setrlimit(name, (resource.getrlimit(name)[1],) * 2)
        except (OSError, ValueError):
            pass
    threading.stack_size(65536)
    for number in range(500):
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
    print("LOOT 500 threads", flush=True)
    raise RuntimeError("500 threads")
