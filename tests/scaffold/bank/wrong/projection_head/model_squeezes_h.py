"""Squeezes h before the head, which takes the batch dimension of a single image."""
# points at: batch


class SimCLR(nn.Module):
    def __init__(self, encoder: nn.Module, head: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        return self.head(torch.squeeze(self.encoder(images)))
