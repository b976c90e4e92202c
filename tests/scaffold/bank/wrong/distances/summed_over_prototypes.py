"""Sums over the prototypes instead of the values."""
# points at: got (7, 5)


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes[None]).square().sum(dim=1)
