"""Makes one encoder and returns it every time."""
# mistake: always_the_same_start
# points at: initialised anew


_made: dict[str, nn.Module] = {}


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    if stem in _made:
        return _made[stem]
    encoder = _made[stem] = resnet18(weights=None)
    encoder.fc = nn.Identity()
    if stem == "cifar":
        encoder.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        encoder.maxpool = nn.Identity()
    return encoder
