"""A brightness of its own that leaves [0, 1]."""
# points at: clamp


class Brightness(nn.Module):
    def __init__(self, reach):
        super().__init__()
        self.reach = reach

    def forward(self, images):
        factors = 1 + self.reach * (2 * torch.rand(len(images), 1, 1, 1) - 1)
        return torch.where(torch.rand(len(images), 1, 1, 1) < 0.8, images * factors, images)


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.0, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
        Brightness(0.8 * s),
    )
