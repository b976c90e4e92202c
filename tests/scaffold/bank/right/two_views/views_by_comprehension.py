"""A list of two, without gradients."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        views = [augmentation(images.clone()) for _ in range(2)]
    return views[0], views[1]
