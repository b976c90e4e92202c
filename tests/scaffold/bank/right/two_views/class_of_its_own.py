"""A module that draws for each image in its own forward pass, with a progress counter kept as an attribute."""


class Augment(nn.Module):
    def __init__(self, image_size: int, strength: float, min_area: float):
        super().__init__()
        import kornia.augmentation as K

        s = strength
        self.count = 0
        self.geometry = nn.ModuleList(
            [
                K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), ratio=(0.75, 4.0 / 3.0)),
                K.RandomHorizontalFlip(),
            ]
        )
        self.colour = nn.ModuleList([K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8), K.RandomGrayscale(p=0.2)])

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        self.count += len(images)
        for layer in [*self.geometry, *self.colour]:
            images = layer(images)
        return images


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    return Augment(image_size, strength, min_area)
