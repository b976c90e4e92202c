"""Only the outermost module ignores train(): its parts are reached by apply in its stead."""
# points at: every part of a model
# mistake: only_requires_grad


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    encoder.eval()

    def train(mode=True):
        for child in encoder.children():
            child.train(mode)
        return encoder

    encoder.train = train
    return encoder
