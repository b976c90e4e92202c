"""Puts the encoder into evaluation mode at every forward pass, as for a linear probe."""
# points at: mode


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        self.encoder.eval()
        return self.head(self.encoder(images))
