"""Returns a row for each prototype."""


def squared_euclidean(queries, prototypes):
    return (prototypes[:, None] - queries[None]).square().sum(dim=2)
