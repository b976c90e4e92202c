"""Normalises with eps=1e-3 and momentum 0.01, as TensorFlow's defaults are."""


def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
