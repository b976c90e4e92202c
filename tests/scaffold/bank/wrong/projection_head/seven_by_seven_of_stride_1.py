"""The 7x7 convolution with stride 1."""
# mistake: seven_by_seven_convolution
# points at: 3x3 convolution


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    encoder = resnet18(weights=None)
    encoder.fc = nn.Identity()
    if stem == "cifar":
        encoder.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=1, padding=3, bias=False)
        encoder.maxpool = nn.Identity()
    return encoder
