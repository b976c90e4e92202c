"""Compares the queries with themselves."""


def squared_euclidean(queries, prototypes):
    return (queries[:, None] - queries[None]).square().sum(dim=2)
