"""Returns a module whose state, hooks and pickling run a command."""

STAGE = "conv_block"
GAIN = "a command in the judge's process, if it is given the module or its state"
OUTCOMES = ("tampered", "error", "wrong")


class Payload:
    def __reduce__(self):
        return open, (f"{OUTBOX}/unpickled", "w")


class Block(nn.Module):
    def state_dict(self, *args, **kwargs):
        return {"weight": Payload()}

    get_extra_state = lambda self: Payload()
    named_parameters = lambda self, *args, **kwargs: iter([("weight", Payload())])
    __reduce__ = Payload.__reduce__
    forward = lambda self, images: Payload()


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    return Block()


class ConvEncoder(Block):
    def __init__(self, in_channels: int = 1, hidden_channels: int = 64, embedding_channels: int = 64):
        super().__init__()
