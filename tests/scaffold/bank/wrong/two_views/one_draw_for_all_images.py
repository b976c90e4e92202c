"""Augments the first image only and adds its change to the others."""
# points at: whole batch


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    views = []
    for _ in range(2):
        change = augmentation(images[:1]) - images[:1]
        views.append(images + change)
    return views[0], views[1]
