"""Adds 0.05 to every difference so that no root is taken of 0."""
# points at: squared differences


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes[None] + 0.05).square().sum(dim=2)
