"""The children of ResNet-18 without fc in a Sequential, flattened."""


def resnet18_encoder(stem: Literal["cifar", "imagenet"] = "cifar") -> nn.Module:
    from torchvision.models import resnet18

    if stem == "imagenet":
        first = []
    elif stem == "cifar":
        first = [nn.Conv2d(3, 64, 3, padding=1, bias=False)]
    else:
        raise ValueError("stem: cifar or imagenet")
    children = list(resnet18().children())[:-1]
    if first:
        children = first + children[1:3] + children[4:]
    return nn.Sequential(*children, nn.Flatten())
