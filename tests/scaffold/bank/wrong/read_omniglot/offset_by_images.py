"""Counts images instead of classes when it numbers the new classes."""
# points at: not the images


def rotate_classes(images, labels):
    turned = [torch.rot90(images, k, dims=(2, 3)) for k in range(4)]
    return torch.cat(turned), torch.cat([labels + k * len(labels) for k in range(4)])
