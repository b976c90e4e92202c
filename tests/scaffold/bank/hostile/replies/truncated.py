"""Announces a long answer on every descriptor, writes the half of it, and is gone."""

STAGE = "prototypes"
GAIN = "a reader that waits for the rest for ever"
OUTCOMES = ("tampered", "crashed", "error", "timeout")
SECONDS = 6.0


def compute_prototypes(support: Tensor) -> Tensor:
    import os
    import struct

    for descriptor in range(3, 64):
        for head in (struct.pack("<Q", 1000), struct.pack(">I", 1000)):
            try:
                os.write(descriptor, head + b'{"value": [1, 2')
            except OSError:
                break
    os._exit(0)
