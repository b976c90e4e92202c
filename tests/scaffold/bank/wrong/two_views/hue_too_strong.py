"""Hue by 0.8 s of the colour circle."""
# points at: the hue


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, min(0.5, 0.8 * s), p=0.8),
        K.RandomGrayscale(p=0.2),
    )
