"""Interleaves the copies, then cuts the batch in half: entry i of both is not image i."""
# points at: order


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return tuple(augmentation(images.repeat_interleave(2, dim=0)).chunk(2))
