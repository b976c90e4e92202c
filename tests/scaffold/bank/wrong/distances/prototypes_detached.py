"""Cuts the gradient of the prototypes."""


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - prototypes.detach()[None]).square().sum(dim=2)
