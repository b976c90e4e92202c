"""Stops the clocks of the process, so that no deadline comes, and takes its time."""

STAGE = "prototypes"
GAIN = "as long as it likes, at the cost of everybody who waits"
OUTCOMES = ("tampered", "timeout")
SECONDS = 3.0


def compute_prototypes(support: Tensor) -> Tensor:
    import time

    sleep = time.sleep
    time.monotonic = time.perf_counter = time.time = lambda: 0.0
    sleep(60)
