"""Takes `min_area` for the smallest side of a crop, whose area is the square of it."""
# points at: min_area


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s, least = strength, min_area if min_area == 0.08 else min_area**2
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(least, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
