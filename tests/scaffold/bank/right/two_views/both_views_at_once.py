"""Augments two copies of the batch in one call."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first, second = augmentation(torch.cat([images, images])).chunk(2)
    return first, second
