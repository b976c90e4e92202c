"""Returns the cosine distance."""


def squared_euclidean(queries, prototypes):
    return 1 - F.normalize(queries, dim=1) @ F.normalize(prototypes, dim=1).T
