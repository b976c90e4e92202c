"""Returns a module whose children never end, and a sequence that yields for ever."""

STAGE = "conv_block"
GAIN = "a worker that describes the answer for ever"
OUTCOMES = ("timeout", "memory", "error", "wrong")
SECONDS = 4.0


class Sequential(nn.Sequential):
    def named_modules(self, *args, **kwargs):
        while True:
            yield "again", self

    named_parameters = named_modules
    forward = lambda self, images: self


def conv_block(in_channels: int, out_channels: int) -> nn.Sequential:
    return Sequential()


class ConvEncoder(Sequential):
    def __init__(self, in_channels: int = 1, hidden_channels: int = 64, embedding_channels: int = 64):
        super().__init__()
