"""Keeps each block in an attribute of its own."""


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        self.block1 = conv_block(in_channels, hidden_channels)
        self.block2 = conv_block(hidden_channels, hidden_channels)
        self.block3 = conv_block(hidden_channels, hidden_channels)
        self.block4 = conv_block(hidden_channels, embedding_channels)
        self.flatten = nn.Flatten()

    def forward(self, images):
        return self.flatten(self.block4(self.block3(self.block2(self.block1(images)))))
