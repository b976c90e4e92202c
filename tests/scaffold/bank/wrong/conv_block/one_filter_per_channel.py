"""Convolves each channel by itself if the numbers allow it."""
# points at: kernels have the shapes


def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, groups=in_channels if out_channels % in_channels == 0 else 1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
