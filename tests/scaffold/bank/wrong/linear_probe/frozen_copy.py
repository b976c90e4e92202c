"""Freezes a copy; the encoder itself stays trained."""
# points at: no copy


def freeze(encoder: nn.Module) -> nn.Module:
    import copy

    frozen = copy.deepcopy(encoder).requires_grad_(False).eval()
    frozen.train = lambda mode=True: frozen
    return frozen
