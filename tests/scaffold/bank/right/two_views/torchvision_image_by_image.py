"""torchvision's v2 transforms in a loop over the images."""


class EachImage(nn.Module):
    def __init__(self, transform):
        super().__init__()
        self.transform = transform

    def forward(self, images):
        return torch.stack([self.transform(image) for image in images])


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    from torchvision.transforms import v2

    jitter = v2.ColorJitter(0.8 * strength, 0.8 * strength, 0.8 * strength, 0.2 * strength)
    steps = [
        v2.RandomResizedCrop(image_size, scale=(min_area, 1.0), ratio=(0.75, 4 / 3), antialias=True),
        v2.RandomHorizontalFlip(0.5),
        v2.RandomApply([jitter], p=0.8),
        v2.RandomGrayscale(0.2),
    ]
    return EachImage(v2.Compose(steps))
