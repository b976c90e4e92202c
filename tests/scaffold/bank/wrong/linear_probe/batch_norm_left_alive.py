"""Freezes the parameters of the linear layers only."""
# points at: all of them


def freeze(encoder: nn.Module) -> nn.Module:
    for module in encoder.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            module.requires_grad_(False)
    encoder.eval()
    encoder.train = lambda mode=True: encoder
    return encoder
