"""Runs the encoder once more for its features."""
# points at: once per forward pass


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        self.features = self.encoder(images)
        return self.head(self.encoder(images))
