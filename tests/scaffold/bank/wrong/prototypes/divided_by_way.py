"""Divides by the number of classes."""


def compute_prototypes(support):
    return support.sum(dim=1) / support.shape[0]
