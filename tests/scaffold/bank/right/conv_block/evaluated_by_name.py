"""Makes its layers by getattr and a namedtuple, and checks its own signature."""

import inspect
from collections import namedtuple

Layer = namedtuple("Layer", "kind arguments options")


def conv_block(in_channels, out_channels):
    plan = [
        Layer("Conv2d", (in_channels, out_channels, 3), {"padding": 1}),
        Layer("BatchNorm2d", (out_channels,), {}),
        Layer("ReLU", (), {}),
        Layer("MaxPool2d", (2,), {}),
    ]
    assert list(inspect.signature(conv_block).parameters) == ["in_channels", "out_channels"]
    return nn.Sequential(*(getattr(nn, layer.kind)(*layer.arguments, **layer.options) for layer in plan))
