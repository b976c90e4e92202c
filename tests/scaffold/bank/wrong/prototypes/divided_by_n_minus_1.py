"""Divides by the number of points less one."""


def compute_prototypes(support):
    return support.sum(dim=1) / max(support.shape[1] - 1, 1)
