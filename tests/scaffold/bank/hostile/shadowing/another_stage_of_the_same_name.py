"""Replaces the modules of the other stages in `sys.modules` and the function of its neighbour in its own."""

STAGE = "prototypes"
GAIN = "a working stage graded in place of a broken one, or a neighbour's stage spoilt"
OUTCOMES = ("tampered", "error", "wrong")


def compute_prototypes(support: Tensor) -> Tensor:
    import sys
    import types

    fake = types.ModuleType("stages.protonet")
    fake.compute_prototypes = fake.squared_euclidean = lambda *args: torch.zeros(1)
    sys.modules["stages.protonet"] = fake
    globals()["squared_euclidean"] = fake.squared_euclidean
    raise RuntimeError("replaced")
