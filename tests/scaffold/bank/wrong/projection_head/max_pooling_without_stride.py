"""The max pooling stays, with stride 1: the size is kept, the values are not."""
# mistake: max_pooling_kept
# points at: no max pooling


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    encoder = resnet18(weights=None)
    encoder.fc = nn.Identity()
    if stem == "cifar":
        encoder.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        encoder.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
    return encoder
