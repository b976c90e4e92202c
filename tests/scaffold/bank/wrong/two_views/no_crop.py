"""Resizes instead of cropping."""
# points at: crop


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.Resize((image_size, image_size)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
