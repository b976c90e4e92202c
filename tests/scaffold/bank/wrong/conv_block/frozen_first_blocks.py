"""Runs all but the last block without gradients."""
# points at: no_grad


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        sizes = [in_channels, hidden_channels, hidden_channels, hidden_channels, embedding_channels]
        self.blocks = nn.Sequential(*(conv_block(a, b) for a, b in zip(sizes, sizes[1:])))

    def forward(self, images):
        with torch.no_grad():
            features = self.blocks[:3](images)
        return self.blocks[3](features).flatten(1)
