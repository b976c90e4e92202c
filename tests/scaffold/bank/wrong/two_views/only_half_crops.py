"""Never crops more than half of the area."""
# points at: 8 to 100 %


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(min(min_area, 0.5), 0.5), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
