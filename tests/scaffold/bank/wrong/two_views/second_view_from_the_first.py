"""Augments the first view again for the second."""
# points at: second view is not an augmentation of the images


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first = augmentation(images)
    return first, augmentation(first)
