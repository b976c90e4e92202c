"""torchvision's first transforms on PIL images, eight bits a channel."""


class ThroughPil(nn.Module):
    def __init__(self, image_size, s, min_area):
        from torchvision import transforms as T

        super().__init__()
        self.steps = T.Compose(
            [
                T.ToPILImage(),
                T.RandomResizedCrop(image_size, scale=(min_area, 1.0)),
                T.RandomHorizontalFlip(),
                T.RandomApply([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)], p=0.8),
                T.RandomGrayscale(p=0.2),
                T.ToTensor(),
            ]
        )

    def forward(self, images):
        return torch.stack([self.steps(image) for image in images])


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    return ThroughPil(image_size, strength, min_area)
