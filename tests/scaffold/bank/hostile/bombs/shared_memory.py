"""Fills memory that no limit of the process counts: anonymous files and /dev/shm, 1 GB at most."""

STAGE = "prototypes"
GAIN = "the machine's memory, past a limit on address space"
OUTCOMES = ("tampered", "error", "memory", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    written = 0
    held = []
    for make in (lambda: os.memfd_create("bomb"), lambda: os.open("/dev/shm/bomb", os.O_CREAT | os.O_RDWR)):
        try:
            held.append(make())
            for _ in range(8):
                written += os.write(held[-1], b"\1" * (64 << 20))
        except OSError:
            pass
    try:
        os.unlink("/dev/shm/bomb")
    except OSError:
        pass
    if written > 300 << 20:
        print(f"LOOT {written >> 20} MB", flush=True)
    raise RuntimeError("as far as it went")
