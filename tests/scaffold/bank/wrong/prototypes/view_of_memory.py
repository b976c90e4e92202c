"""Uses view, which asks for contiguous memory."""
# points at: reshape


def compute_prototypes(support):
    n_way, n_support, length = support.shape
    return support.view(n_way * n_support, length).view(n_way, n_support, length).mean(dim=1)
