"""Turns with transpose and flip, and counts the classes that occur."""


def rotate_classes(images, labels):
    count = labels.unique().numel()
    quarter = images.transpose(2, 3).flip(2)
    half = images.flip([2, 3])
    return torch.cat([images, quarter, half, half.transpose(2, 3).flip(2)]), (
        labels.repeat(4) + count * torch.arange(4).repeat_interleave(len(labels))
    )
