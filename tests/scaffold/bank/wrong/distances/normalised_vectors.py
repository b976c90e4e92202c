"""Scales the vectors to length 1 first."""
# points at: squared differences


def squared_euclidean(queries, prototypes):
    return (F.normalize(queries, dim=1)[:, None] - F.normalize(prototypes, dim=1)[None]).square().sum(dim=2)
