"""Every part of the encoder ignores train()."""


def freeze(encoder: nn.Module) -> nn.Module:
    for module in encoder.modules():
        module.training = False
        module.train = (lambda kept: lambda mode=True: kept)(module)
        for parameter in module.parameters(recurse=False):
            parameter.requires_grad_(False)
    return encoder
