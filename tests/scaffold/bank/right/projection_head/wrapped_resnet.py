"""A module around ResNet-18 with a forward of its own."""


class Encoder(nn.Module):
    def __init__(self, stem):
        from torchvision import models

        super().__init__()
        self.net = models.resnet18(weights=None)
        del self.net.fc
        self.small = stem == "cifar"
        if self.small:
            self.net.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
            nn.init.kaiming_normal_(self.net.conv1.weight, mode="fan_out", nonlinearity="relu")
            del self.net.maxpool

    def forward(self, x):
        net = self.net
        x = torch.relu(net.bn1(net.conv1(x)))
        if not self.small:
            x = net.maxpool(x)
        for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = layer(x)
        return x.mean(dim=(2, 3))


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    if stem not in {"cifar", "imagenet"}:
        raise ValueError(f"unknown stem {stem}")
    return Encoder(stem)
