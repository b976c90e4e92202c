"""Turns squeezed images, so that a single one or a single pixel loses its dimensions."""
# points at: should have the shape


def rotate_classes(images, labels):
    n_classes, flat = int(labels.max()) + 1, images.squeeze()
    turned = [torch.rot90(flat, k, dims=(-2, -1)) for k in range(4)]
    return torch.cat(turned).unsqueeze(1), torch.cat([labels + k * n_classes for k in range(4)])
