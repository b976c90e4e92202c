"""Turns gradients off, but the encoder still follows train()."""


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    encoder.eval()
    return encoder
