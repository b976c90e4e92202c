"""A wrapper class that also runs under no_grad."""


class FrozenEncoder(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        for p in inner.parameters():
            p.requires_grad_(False)
        self.train(False)

    def train(self, mode=True):
        self.training = False
        self.inner.eval()
        return self

    @torch.no_grad()
    def forward(self, x):
        return self.inner(x)


def freeze(encoder: nn.Module) -> nn.Module:
    return FrozenEncoder(encoder)
