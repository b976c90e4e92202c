"""Gives the last block as many filters as the others."""
# points at: the embeddings of 37x50 images


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        sizes = [in_channels, hidden_channels, hidden_channels, hidden_channels, hidden_channels]
        self.blocks = nn.Sequential(*(conv_block(a, b) for a, b in zip(sizes, sizes[1:])))

    def forward(self, images):
        return self.blocks(images).flatten(1)
