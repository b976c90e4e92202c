"""Augments the first view again for the second."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first = augmentation(images)
    return first, augmentation(first)
