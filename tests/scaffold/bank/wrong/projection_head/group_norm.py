"""Group normalisation for batch normalisation."""
# mistake: no_batch_norm
# points at: batch normalisations


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    encoder = resnet18(weights=None, norm_layer=lambda width: nn.GroupNorm(8, width))
    encoder.fc = nn.Identity()
    if stem == "cifar":
        encoder.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        encoder.maxpool = nn.Identity()
    return encoder
