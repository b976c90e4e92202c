"""Puts the four rotations of an image next to each other."""
# points at: first all images as they are


def rotate_classes(images, labels):
    turned = torch.stack([torch.rot90(images, k, dims=(2, 3)) for k in range(4)], dim=1).flatten(0, 1)
    n_classes = int(labels.max()) + 1
    return turned, torch.stack([labels + k * n_classes for k in range(4)], dim=1).flatten()
