"""A list of two views."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return [augmentation(images) for _ in range(2)]
