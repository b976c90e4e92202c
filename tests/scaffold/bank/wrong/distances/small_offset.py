"""Adds 0.001 to every difference so that no root is taken of 0."""
# points at: squared differences


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes[None] + 1e-3).square().sum(dim=2)
