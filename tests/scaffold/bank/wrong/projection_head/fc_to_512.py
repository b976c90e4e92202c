"""The classification layer is replaced by another linear layer."""
# mistake: fc_kept
# points at: without fc


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem not in ("cifar", "imagenet"):
        raise ValueError(stem)
    encoder = resnet18(weights=None)
    encoder.fc = nn.Linear(512, 512)
    if stem == "cifar":
        encoder.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        encoder.maxpool = nn.Identity()
    return encoder
