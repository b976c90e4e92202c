"""ResNet-18 from blocks of its own, in torchvision's order, with an adaptive average pooling."""


class Block(nn.Module):
    def __init__(self, width_in, width, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(width_in, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or width_in != width:
            self.shortcut = nn.Sequential(nn.Conv2d(width_in, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, stem):
        super().__init__()
        size = {"cifar": (3, 1, 1), "imagenet": (7, 2, 3)}[stem]
        self.conv1 = nn.Conv2d(3, 64, *size, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem == "imagenet" else None
        blocks, width_in = [], 64
        for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks += [Block(width_in, width, stride), Block(width, width)]
            width_in = width
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.pool is not None:
            x = self.pool(x)
        return torch.flatten(F.adaptive_avg_pool2d(self.blocks(x), 1), 1)


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    if stem not in ("cifar", "imagenet"):
        raise ValueError(f"no such stem: {stem}")
    return ResNet(stem)
