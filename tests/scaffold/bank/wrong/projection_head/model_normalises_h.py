"""SimCLR normalises h before the head."""
# points at: no normalisation


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        return self.head(F.normalize(self.encoder(images), dim=1))
