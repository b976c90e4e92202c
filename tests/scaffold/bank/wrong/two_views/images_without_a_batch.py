"""Hands single images (3, H, W) to an augmentation of batches, as torchvision's transforms would take them."""
# points at: takes batches


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return torch.stack([augmentation(x) for x in images]), torch.stack([augmentation(x) for x in images])
