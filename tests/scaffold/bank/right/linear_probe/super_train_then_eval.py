"""The usual wrapper: train() does what it always does, then puts the encoder back into evaluation mode."""


class FrozenBackbone(nn.Module):
    def __init__(self, backbone):
        super().__init__()
        self.encoder = backbone
        for param in self.encoder.parameters():
            param.requires_grad = False
        self.encoder.eval()

    def train(self, mode=True):
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, x):
        return self.encoder(x)


def freeze(encoder: nn.Module) -> nn.Module:
    return FrozenBackbone(encoder)
