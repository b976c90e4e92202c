"""Takes the average pooling's 1x1 maps off with squeeze(), and with them the batch dimension of a single image."""
# points at: batch dimension


class Encoder(nn.Module):
    def __init__(self, stem):
        from torchvision.models import resnet18

        super().__init__()
        if stem not in ("cifar", "imagenet"):
            raise ValueError(stem)
        layers = dict(resnet18().named_children())
        del layers["fc"]
        if stem == "cifar":
            layers["conv1"] = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
            del layers["maxpool"]
        self.f = nn.Sequential(*layers.values())

    def forward(self, x):
        return self.f(x).squeeze()


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    return Encoder(stem)
