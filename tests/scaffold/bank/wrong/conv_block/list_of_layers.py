"""Returns a ModuleList, which cannot be called."""
# points at: nn.Sequential


def conv_block(in_channels, out_channels):
    return nn.ModuleList([nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(), nn.MaxPool2d(2)])
