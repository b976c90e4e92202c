"""kornia's own container, and the jitter's parts in another order."""


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K
    from kornia.augmentation.container import ImageSequential

    amount = 0.8 * strength
    return ImageSequential(
        K.RandomResizedCrop(size=(image_size, image_size), scale=(min_area, 1.0), resample="BICUBIC"),
        K.ColorJitter(brightness=amount, contrast=amount, saturation=amount, hue=0.2 * strength, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomHorizontalFlip(),
        Clamp(),
    )


class Clamp(nn.Module):
    def forward(self, images):
        return images.clamp(0, 1)
