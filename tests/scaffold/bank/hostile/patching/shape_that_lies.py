"""Returns a tensor whose `shape`, `dtype` and `detach` are the attacker's own."""

STAGE = "prototypes"
GAIN = "passing the checks of shape and type with nothing inside"
OUTCOMES = ("tampered", "wrong", "error")


class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size((4, 5)))
    dtype = property(lambda self: torch.float64)
    size = lambda self, *args: torch.Size((4, 5))
    detach = clone = lambda self, *args, **kwargs: self


def compute_prototypes(support: Tensor) -> Tensor:
    return torch.zeros(1, 1, 1).as_subclass(Liar)
