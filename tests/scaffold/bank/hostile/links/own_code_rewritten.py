"""Rewrites its own stage files while it is graded, for the stages that are graded after it."""

STAGE = "prototypes"
GAIN = "another submission than the one that was handed in"
OUTCOMES = ("tampered",)


def compute_prototypes(support: Tensor) -> Tensor:
    from pathlib import Path

    for name in ("protonet.py", "episodes.py", "new.py"):
        (Path(__file__).parent / name).write_text("raise SystemExit\n")
        print("LOOT rewrote", name, flush=True)
    raise RuntimeError("rewritten")
