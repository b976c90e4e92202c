"""Lets torch start processes for it: a data loader with workers, and a pool of Python's."""

STAGE = "prototypes"
GAIN = "processes that no line of the submission has started itself"
OUTCOMES = ("tampered", "error", "crashed", "timeout")
SECONDS = 8.0


def compute_prototypes(support: Tensor) -> Tensor:
    from torch.utils.data import DataLoader

    for _ in DataLoader([1, 2, 3], num_workers=2):
        print("LOOT a worker", flush=True)
    raise RuntimeError("workers")
