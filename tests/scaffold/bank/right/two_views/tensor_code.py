"""Own tensor code: an affine grid for crop and flip, factors by broadcasting, the hue as a rotation in HSV."""


class Augment(nn.Module):
    def __init__(self, size, strength, min_area):
        super().__init__()
        self.size, self.s, self.min_area = size, strength, min_area

    def forward(self, images):
        images = self.crop_and_flip(images)
        n = len(images)
        jittered = self.jitter(images)
        images = torch.where(torch.rand(n, 1, 1, 1) < 0.8, jittered, images)
        return torch.where(torch.rand(n, 1, 1, 1) < 0.2, grey_of(images).expand_as(images), images)

    def crop_and_flip(self, images):
        n, _, height, width = images.shape
        w, h = torch.ones(n), torch.ones(n)
        left = torch.ones(n, dtype=torch.bool)
        for _ in range(10):
            area = torch.empty(n).uniform_(self.min_area, 1.0)
            ratio = torch.empty(n).uniform_(-1, 1).mul(torch.tensor(4 / 3).log()).exp() * height / width
            w_new, h_new = (area * ratio).sqrt(), (area / ratio).sqrt()
            take = left & (w_new <= 1) & (h_new <= 1)
            w[take], h[take] = w_new[take], h_new[take]
            left &= ~take
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = torch.where(torch.rand(n) < 0.5, -w, w)
        theta[:, 1, 1] = h
        theta[:, 0, 2] = (1 - w) * (2 * torch.rand(n) - 1)
        theta[:, 1, 2] = (1 - h) * (2 * torch.rand(n) - 1)
        grid = F.affine_grid(theta, [n, 3, self.size, self.size], align_corners=False)
        return F.grid_sample(images, grid, padding_mode="border", align_corners=False).clamp(0, 1)

    def jitter(self, images):
        n = len(images)
        brightness, contrast, saturation = (
            1 + 0.8 * self.s * (2 * torch.rand(n, 1, 1, 1) - 1) for _ in range(3)
        )
        images = (images * brightness).clamp(0, 1)
        mean = grey_of(images).mean(dim=(1, 2, 3), keepdim=True)
        images = (mean + contrast * (images - mean)).clamp(0, 1)
        grey = grey_of(images)
        images = (grey + saturation * (images - grey)).clamp(0, 1)
        return turn_hue(images, 0.2 * self.s * (2 * torch.rand(n, 1, 1) - 1))


def grey_of(images):
    return (images * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(dim=1, keepdim=True)


def turn_hue(images, turn):
    high, which = images.max(dim=1)
    span = (high - images.amin(dim=1)).clamp_min(1e-8)
    r, g, b = images.unbind(dim=1)
    hue = torch.where(which == 0, (g - b) / span, torch.where(which == 1, 2 + (b - r) / span, 4 + (r - g) / span))
    hue = (hue / 6 + turn) % 1
    span = high - images.amin(dim=1)
    channels = [high - span * (((k + hue * 6) % 6).minimum(4 - (k + hue * 6) % 6)).clamp(0, 1) for k in (5, 3, 1)]
    return torch.stack(channels, dim=1)


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    return Augment(image_size, strength, min_area)
