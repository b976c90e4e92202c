"""Sums where it should average."""
# points at: 3 times the expected


def compute_prototypes(support):
    return support.sum(dim=1)
