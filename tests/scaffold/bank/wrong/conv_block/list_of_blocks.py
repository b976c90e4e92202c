"""Keeps the blocks in a Python list, where PyTorch does not see their parameters."""
# points at: nn.ModuleList


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        sizes = [in_channels, hidden_channels, hidden_channels, hidden_channels, embedding_channels]
        self.blocks = list((conv_block(a, b) for a, b in zip(sizes, sizes[1:])))

    def forward(self, images):
        for block in self.blocks:
            images = block(images)
        return images.flatten(1)
