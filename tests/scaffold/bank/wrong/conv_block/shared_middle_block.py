"""Uses one block twice, so that the two share their weights."""
# points at: weights of its own


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        middle = conv_block(hidden_channels, hidden_channels)
        self.blocks = nn.Sequential(
            conv_block(in_channels, hidden_channels), middle, middle, conv_block(hidden_channels, embedding_channels)
        )

    def forward(self, images):
        return self.blocks(images).flatten(1)
