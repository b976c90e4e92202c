"""A Sequential of both, made in the forward pass."""


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        return nn.Sequential(self.encoder, self.head)(images)
