"""Ignores train(), but leaves the encoder in the mode in which it came."""
# points at: call eval()


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    encoder.train = lambda mode=True: encoder
    return encoder
