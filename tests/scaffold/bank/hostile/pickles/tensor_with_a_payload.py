"""Returns a tensor that `torch.save` would pickle together with an attribute which runs a command."""

STAGE = "prototypes"
GAIN = "a command in the judge's process, if it loads tensors with torch.load"
OUTCOMES = ("tampered", "error", "wrong")


class Payload:
    def __reduce__(self):
        return open, (f"{OUTBOX}/unpickled", "w")


class Carrier(torch.Tensor):
    def __reduce_ex__(self, protocol):
        return open, (f"{OUTBOX}/unpickled", "w")


def compute_prototypes(support: Tensor) -> Tensor:
    carrier = torch.zeros(1).as_subclass(Carrier)
    carrier.payload = Payload()
    return carrier
