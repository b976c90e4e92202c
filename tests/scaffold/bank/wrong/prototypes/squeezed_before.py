"""Drops dimensions of length one before the mean, so that one shot loses its dimension."""
# points at: single support point


def compute_prototypes(support):
    return support.squeeze(1).mean(dim=1)
