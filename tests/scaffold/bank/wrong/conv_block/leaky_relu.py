"""Uses a leaky ReLU."""
# points at: ReLU


def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.LeakyReLU(0.1),
        nn.MaxPool2d(2),
    )
