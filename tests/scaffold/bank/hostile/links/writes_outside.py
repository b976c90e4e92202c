"""Writes where it should not: over a neighbour's submission, beside the gradebook, and into the home folder."""

STAGE = "prototypes"
GAIN = "a better submission after the deadline, or a trap for the next reader"


def compute_prototypes(support: Tensor) -> Tensor:
    from pathlib import Path

    done = []
    for path in (f"{OUTBOX}/a", f"{GRADEBOOK}.new", f"{HOME}/.bashrc", f"{NEIGHBOUR}/stages/protonet.py"):
        try:
            Path(path).write_text("mine")
            done.append(path)
        except OSError:
            pass
    if done:
        leak(done)
    raise RuntimeError("nothing can be written")
