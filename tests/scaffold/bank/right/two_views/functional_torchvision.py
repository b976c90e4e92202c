"""torchvision's functions, called by hand for each image, with parameters from the transforms' own get_params."""


class ByHand(nn.Module):
    def __init__(self, size, s, scale):
        super().__init__()
        self.size, self.s, self.scale = size, s, scale

    def one(self, image):
        import torchvision.transforms.functional as TF
        from torchvision.transforms import ColorJitter, RandomResizedCrop

        box = RandomResizedCrop.get_params(image, scale=self.scale, ratio=(3 / 4, 4 / 3))
        image = TF.resized_crop(image, *box, [self.size, self.size], antialias=False)
        if torch.rand(1) < 0.5:
            image = TF.hflip(image)
        if torch.rand(1) < 0.8:
            image = ColorJitter(0.8 * self.s, 0.8 * self.s, 0.8 * self.s, 0.2 * self.s)(image)
        return TF.rgb_to_grayscale(image, 3) if torch.rand(1) < 0.2 else image

    def forward(self, images):
        out = torch.empty(len(images), 3, self.size, self.size)
        for i, image in enumerate(images):
            out[i] = self.one(image)
        return out


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    return ByHand(image_size, strength, (min_area, 1.0))
