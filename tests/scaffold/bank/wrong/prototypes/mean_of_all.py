"""Gives every class the mean of all points."""


def compute_prototypes(support):
    return support.mean(dim=(0, 1)).expand(len(support), -1)
