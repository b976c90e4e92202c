"""Keeps the arithmetic in a file of its own, imported by its full name."""

from stages.helpers import pairwise


def squared_euclidean(queries, prototypes):
    return pairwise(queries, prototypes, lambda difference: difference * difference)


# file: helpers.py
"""Small things that several stages could use."""


def pairwise(first, second, function):
    """Applies a function to all differences of two sets of vectors and sums over the features."""
    return function(first[:, None] - second[None]).sum(dim=-1)
