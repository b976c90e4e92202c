"""The frozen encoder forgets its statistics and uses those of the batch."""
# points at: evaluation mode


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean, module.running_var = None, None
    encoder.eval()
    encoder.train = lambda mode=True: encoder
    return encoder
