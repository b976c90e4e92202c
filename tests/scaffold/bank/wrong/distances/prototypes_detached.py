"""Cuts the gradient of the prototypes."""
# points at: no gradient reaches the prototypes


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes.detach()[None]).square().sum(dim=2)
