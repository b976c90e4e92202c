"""freeze gives the encoder a subclass of its class."""


def freeze(encoder: nn.Module) -> nn.Module:
    kind = type(encoder)
    encoder.requires_grad_(False)
    encoder.eval()
    encoder.__class__ = type("Frozen" + kind.__name__, (kind,), {"train": lambda self, mode=True: self})
    return encoder
