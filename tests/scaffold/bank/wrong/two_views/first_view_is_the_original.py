"""Only the second view is augmented."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return images, augmentation(images)
