"""Crops 20 to 100 % of the area where nothing is asked for, as other codes do."""
# mistake: gentle_crop
# points at: 8 to 100 %


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.2) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
