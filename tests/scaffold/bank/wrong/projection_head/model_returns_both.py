"""SimCLR returns h and z."""
# points at: tuple


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        h = self.encoder(images)
        return h, self.head(h)
