"""A loop over batches of one: what the images of a batch should share is drawn for each of them."""
# points at: whole batch


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    first = torch.stack([augmentation(image[None])[0] for image in images])
    second = torch.stack([augmentation(image[None])[0] for image in images])
    return (first, second)
