"""Seeds the generator before each view."""
# mistake: same_view_twice
# points at: share their draw


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    first = augmentation(images)
    torch.manual_seed(0)
    return first, augmentation(images)
