"""Subtracts the mean of all prototypes."""


def compute_prototypes(support):
    prototypes = support.mean(dim=1)
    return prototypes - prototypes.mean(dim=0)
