"""Opens up to 5000 descriptors and keeps them."""

STAGE = "prototypes"
GAIN = "the machine's table of open files"
OUTCOMES = ("error", "tampered", "crashed")


def compute_prototypes(support: Tensor) -> Tensor:
    import os

    held = []
    for _ in range(2500):
        held.extend(os.pipe())
    print("LOOT 5000 descriptors", flush=True)
    raise RuntimeError(str(len(held)))
