"""A wrapper that switches to evaluation mode in forward and back again."""
# points at: train(False)


def freeze(encoder: nn.Module) -> nn.Module:
    class Switch(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder.requires_grad_(False)

        def forward(self, images):
            self.encoder.eval()
            features = self.encoder(images)
            self.encoder.train()
            return features

    return Switch().eval()
