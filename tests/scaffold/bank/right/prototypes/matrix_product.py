"""Multiplies by a row of equal weights."""


def compute_prototypes(support):
    weights = support.new_full((1, support.shape[1]), 1 / support.shape[1])
    return (weights @ support)[:, 0]
