"""Works on the queries' .data."""
# points at: no gradient reaches the queries


def squared_euclidean(queries, prototypes):
    return (queries.data[:, None] - prototypes[None]).square().sum(dim=2)
