"""The first layers are never replaced."""
# mistake: seven_by_seven_convolution
# points at: stem for CIFAR


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    encoder = resnet18(weights=None)
    encoder.fc = nn.Identity()
    return encoder
