"""kornia's AugmentationSequential, a jitter in RandomApply's place, and the same seed whenever the caller asks."""


class SimCLRAugmentation(nn.Module):
    def __init__(self, image_size, s, min_area):
        super().__init__()
        from kornia import augmentation as K

        jitter = K.ColorJitter(brightness=0.8 * s, contrast=0.8 * s, saturation=0.8 * s, hue=0.2 * s, p=0.8)
        self.transform = K.AugmentationSequential(
            K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), align_corners=False),
            K.RandomHorizontalFlip(),
            jitter,
            K.RandomGrayscale(p=0.2),
            data_keys=["input"],
        )

    def forward(self, x):
        return self.transform(x)


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    return SimCLRAugmentation(image_size, strength, min_area)
