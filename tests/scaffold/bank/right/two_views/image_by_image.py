"""A loop over the images."""


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first = torch.stack([augmentation(image[None])[0] for image in images])
    second = torch.stack([augmentation(image[None])[0] for image in images])
    return (first, second)
