"""Returns one tensor of 2B views."""
# points at: two batches


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return torch.cat([augmentation(images), augmentation(images)])
