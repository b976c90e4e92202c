"""Mirrors where it should turn."""
# points at: turned


def rotate_classes(images, labels):
    n_classes = int(labels.max()) + 1
    turned = [images, images.flip(2), images.flip(3), images.flip(2).flip(3)]
    return torch.cat(turned), torch.cat([labels + k * n_classes for k in range(4)])
