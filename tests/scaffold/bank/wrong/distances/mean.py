"""Averages the squared differences instead of summing them."""
# points at: no mean


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes[None]).square().mean(dim=2)
