"""Draws the scale of batch normalisation between 0 and 1, as old PyTorch did, and Glorot weights."""


def conv_block(in_channels, out_channels):
    block = nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
    nn.init.xavier_uniform_(block[0].weight)
    nn.init.uniform_(block[1].weight)
    return block
