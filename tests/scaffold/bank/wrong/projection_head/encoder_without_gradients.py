"""The encoder runs without gradients."""
# points at: no gradient reaches the encoder


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            h = self.encoder(images)
        return self.head(h)
