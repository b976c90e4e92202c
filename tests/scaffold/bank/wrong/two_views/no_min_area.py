"""Has no parameter `min_area`."""
# points at: min_area


def simclr_augmentation(image_size: int = 32, strength: float = 0.5) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
