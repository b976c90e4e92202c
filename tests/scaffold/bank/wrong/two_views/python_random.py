"""Draws from Python's random, which torch.manual_seed does not reach."""
# points at: global generator


class Shuffled(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def forward(self, images):
        import random

        with torch.random.fork_rng():
            torch.manual_seed(random.getrandbits(31))
            return self.steps(images)


def simclr_augmentation(image_size: int = 32, strength: float = 0.5, min_area: float = 0.08) -> nn.Module:
    import kornia.augmentation as K

    s = strength
    return Shuffled(nn.Sequential(
        K.RandomResizedCrop((image_size, image_size), scale=(min_area, 1.0), ratio=(3 / 4, 4 / 3)),
        K.RandomHorizontalFlip(p=0.5),
        K.ColorJitter(0.8 * s, 0.8 * s, 0.8 * s, 0.2 * s, p=0.8),
        K.RandomGrayscale(p=0.2),
    ))
