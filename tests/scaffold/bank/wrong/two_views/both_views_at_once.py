"""Augments two copies of the batch in one call, which shares whatever the augmentation draws for a batch."""
# points at: one call


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first, second = augmentation(torch.cat([images, images])).chunk(2)
    return first, second
