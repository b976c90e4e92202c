"""SimCLR with h and z by name, and a method for h."""


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        h = self.represent(images)
        z = self.head(h)
        return z

    def represent(self, images):
        return self.encoder(images)
