"""Cuts the gradient."""
# points at: no detach


def compute_prototypes(support):
    return support.mean(dim=1).detach()
