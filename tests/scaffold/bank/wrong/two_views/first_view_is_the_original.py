"""Only the second view is augmented."""
# points at: first view is not an augmentation


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return images, augmentation(images)
