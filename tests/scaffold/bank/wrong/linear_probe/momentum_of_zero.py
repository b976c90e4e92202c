"""Batch normalisation keeps its statistics, but still uses the batch's in training mode."""
# points at: training mode


def freeze(encoder: nn.Module) -> nn.Module:
    encoder.requires_grad_(False)
    encoder.eval()
    for module in encoder.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.momentum = 0.0
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return encoder
