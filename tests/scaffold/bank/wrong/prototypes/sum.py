"""Sums where it should average."""


def compute_prototypes(support):
    return support.sum(dim=1)
