"""Names the layers of the block."""

from collections import OrderedDict


def conv_block(in_channels, out_channels):
    layers = OrderedDict()
    layers["conv"] = nn.Conv2d(in_channels, out_channels, (3, 3), padding="same")
    layers["norm"] = nn.BatchNorm2d(out_channels)
    layers["relu"] = nn.ReLU(inplace=True)
    layers["pool"] = nn.MaxPool2d(kernel_size=2, stride=2)
    return nn.Sequential(layers)
