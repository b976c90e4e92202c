"""Keeps the blocks in a ModuleList and loops over them."""


class ConvEncoder(nn.Module):
    def __init__(self, in_channels=1, hidden_channels=64, embedding_channels=64):
        super().__init__()
        self.layers = nn.ModuleList()
        channels = in_channels
        for _ in range(3):
            self.layers.append(conv_block(channels, hidden_channels))
            channels = hidden_channels
        self.layers.append(conv_block(channels, embedding_channels))

    def forward(self, images):
        features = images
        for layer in self.layers:
            features = layer(features)
        return features.reshape(images.shape[0], -1)
