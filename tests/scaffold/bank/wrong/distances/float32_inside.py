"""Computes in float32 whatever comes in."""
# points at: dtype from the inputs


def squared_euclidean(queries, prototypes):
    difference = queries.float()[:, None] - prototypes.float()[None]
    return difference.square().sum(dim=2).to(queries.dtype)
