"""Forks up to 200 children, each of which would sleep for 20 seconds."""

STAGE = "prototypes"
GAIN = "no process of anybody's starts any more"
OUTCOMES = ("tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import time

    for _ in range(200):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
        print("LOOT a child", flush=True)
    raise RuntimeError("200 children")
