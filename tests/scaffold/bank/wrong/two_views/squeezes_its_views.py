"""Squeezes the views: a batch of one image loses its batch dimension."""
# points at: (1, 3, 4, 6)


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return augmentation(images).squeeze(0), augmentation(images).squeeze(0)
