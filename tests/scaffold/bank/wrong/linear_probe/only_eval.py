"""Puts the encoder into evaluation mode, and gradients stay on."""
# points at: requires_grad


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.eval()
    encoder.train = lambda mode=True: encoder
    return encoder
