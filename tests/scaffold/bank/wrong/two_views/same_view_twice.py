"""Augments once and returns it twice."""
# points at: share their draw


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    view = augmentation(images)
    return view, view
