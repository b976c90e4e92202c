"""Freezes the encoder in place by a `train` of its own, and deletes the class that was offered."""

import types

del FrozenEncoder


def freeze(encoder):
    for parameter in encoder.parameters():
        parameter.requires_grad = False
    encoder.eval()
    for module in encoder.modules():
        module.train = types.MethodType(lambda self, mode=True: self, module)
    return encoder
