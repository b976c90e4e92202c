"""Shuffles the second view."""
# mistake: views_mixed_up
# points at: keep their order


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return augmentation(images), augmentation(images)[torch.randperm(len(images))]
