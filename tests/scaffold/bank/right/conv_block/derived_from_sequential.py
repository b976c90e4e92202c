"""Returns an object of a class derived from nn.Sequential."""


class ConvBlock(nn.Sequential):
    def __init__(self, in_channels, out_channels):
        layers = [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(), nn.MaxPool2d(2)]
        super().__init__(*layers)


def conv_block(in_channels, out_channels):
    return ConvBlock(in_channels, out_channels)
