"""Cuts the gradient."""


def compute_prototypes(support):
    return support.mean(dim=1).detach()
