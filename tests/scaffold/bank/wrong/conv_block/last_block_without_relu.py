"""Leaves ReLU and pooling out of the last block."""
# points at: the last one, too


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        sizes = [in_channels, hidden_channels, hidden_channels, hidden_channels, embedding_channels]
        self.blocks = nn.Sequential(*(conv_block(a, b) for a, b in zip(sizes, sizes[1:])))
        self.blocks[3] = nn.Sequential(*self.blocks[3][:2], nn.MaxPool2d(2))

    def forward(self, images):
        return self.blocks(images).flatten(1)
