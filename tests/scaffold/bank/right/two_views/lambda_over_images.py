"""torchvision's transforms inside v2.Lambda, one image after the other, two views by map."""


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    from torchvision.transforms import v2 as T

    s = strength
    one = T.Compose(
        [
            T.RandomResizedCrop((image_size, image_size), (min_area, 1.0), antialias=True),
            T.RandomHorizontalFlip(),
            T.RandomApply(nn.ModuleList([T.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s)]), p=0.8),
            T.RandomGrayscale(p=0.2),
        ]
    )
    return T.Lambda(lambda images: torch.stack(tuple(map(one, images))))


def two_views(images: Tensor, augmentation: nn.Module) -> tuple[Tensor, Tensor]:
    return tuple(map(augmentation, (images, images)))
