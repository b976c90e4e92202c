"""Turns gradients off, but the encoder still follows train()."""
# points at: train(False)


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    encoder.eval()
    return encoder
