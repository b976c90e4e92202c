"""Crops a random size, but always around the centre."""
# points at: position


class CenterCrops(nn.Module):
    def __init__(self, size, least):
        super().__init__()
        self.size, self.least = size, least

    def forward(self, images):
        crops = []
        for image in images:
            area, ratio = torch.empty(2).uniform_(0, 1).tolist()
            area, ratio = self.least + (1 - self.least) * area, (3 / 4) ** (1 - 2 * ratio)
            h = min(image.shape[1], max(1, round(image.shape[1] * (area / ratio) ** 0.5)))
            w = min(image.shape[2], max(1, round(image.shape[2] * (area * ratio) ** 0.5)))
            top, left = (image.shape[1] - h) // 2, (image.shape[2] - w) // 2
            piece = image[None, :, top : top + h, left : left + w]
            crops.append(F.interpolate(piece, (self.size, self.size), mode="bilinear"))
        return torch.cat(crops)


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return nn.Sequential(
        CenterCrops(image_size, min_area),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    )
