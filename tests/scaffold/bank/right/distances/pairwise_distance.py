"""Squares F.pairwise_distance of broadcast vectors."""


def squared_euclidean(queries, prototypes):
    return F.pairwise_distance(queries.unsqueeze(1), prototypes.unsqueeze(0)).square()
